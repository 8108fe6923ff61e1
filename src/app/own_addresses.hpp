#pragma once
#include "core/result.hpp"
#include "core/settings.hpp"

#include <string>
#include <vector>

namespace vitrina {

// Where a server with these settings answers to its own machine: "http://127.0.0.1:5000", one for each of its roles.
// Empty when it answers nowhere.
Result<std::vector<std::string>> own_addresses(const Settings& settings);

} // namespace vitrina
