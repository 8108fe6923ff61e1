#pragma once
#include <string_view>

namespace vitrina {

// The app that every stand-in network knows, so that nobody has to register one to try them. It opens nothing anywhere
// else.
constexpr std::string_view sandbox_client_id = "vitrina-sandbox";
constexpr std::string_view sandbox_client_secret = "this-opens-nothing-anywhere-else";

} // namespace vitrina
