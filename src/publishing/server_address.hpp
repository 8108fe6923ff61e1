#pragma once
#include <optional>
#include <string>

namespace vitrina {

// Of a server that people choose: "https://mastodon.example", a scheme and a host, nothing else, in one spelling.
// Nothing when it is something else.
std::optional<std::string> parse_server_address(std::string text);

// The same as people type it: a bare name is one of https.
std::optional<std::string> parse_typed_server(std::string text);

} // namespace vitrina
