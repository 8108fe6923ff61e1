#pragma once
#include <string_view>

namespace vitrina {

// What an operator looks at when a connection was refused with these words of libpq's or the server's: "See DB_NAME."
// A server that speaks another language than English gets the most general answer.
std::string_view settings_to_see(std::string_view message);

} // namespace vitrina
