#pragma once
#include "core/settings.hpp"

#include <string>

namespace vitrina {

// Has the sandboxed child read a tenth of a second of silence: what went wrong, or "".
std::string try_media_reader(const Settings& settings);

} // namespace vitrina
