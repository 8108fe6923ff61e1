#pragma once
#include "cli/console.hpp"

namespace vitrina {

// Parses the arguments, reads the settings and runs the command. Gives the exit code (Exit).
int run_command_line(int argc, char** argv, const Surroundings& around);

} // namespace vitrina
