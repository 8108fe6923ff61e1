#pragma once
#include "core/result.hpp"

#include <istream>
#include <string>
#include <vector>

namespace vitrina {

struct DotenvEntry {
    std::string name, value;
    bool operator==(const DotenvEntry&) const = default;
};

// The lines of a .env file: NAME=value, "export NAME=value", quotes around a value, # comments, empty lines. A fault
// names the line that is none of these.
Result<std::vector<DotenvEntry>> parse_dotenv(std::istream& file);

} // namespace vitrina
