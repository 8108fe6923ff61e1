#pragma once
#include "http/request.hpp"

#include <optional>
#include <string_view>

namespace vitrina {

// "GET", as it stands in a request line.
const char* name(Method method);
std::optional<Method> method_named(std::string_view name);

} // namespace vitrina
