#pragma once
#include <string>
#include <string_view>

namespace vitrina {

// Comma-separated hosts, as libpq takes them, in an order that begins with this one and goes round. As they are where
// it is not among them.
std::string hosts_beginning_with(std::string_view hosts, std::string_view first);
// In an order in which the first of them is the last.
std::string hosts_turned(std::string_view hosts);

} // namespace vitrina
