#pragma once
#include "core/settings.hpp"

#include <filesystem>

namespace vitrina {

// The directory of VITRINA_DATA, made if missing. It holds keys and other people's videos, and is nobody else's to
// read. With the engines of a full installation only keys are in it. Throws
// Unavailable with a sentence for the operator.
std::filesystem::path data_directory(const Settings& settings);

} // namespace vitrina
