#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace vitrina {

// "%41b" → "Ab". Nothing when an escape is broken.
std::optional<std::string> percent_decode(std::string_view text);
// Everything but RFC 3986's unreserved characters escaped: safe in any part of a URI.
std::string percent_encode(std::string_view text);

struct Target {
    std::string path;           // decoded once; starts with '/', no "//", "." or ".." segments, no '\0', no '\\'
    std::string_view query;     // raw, without '?', into the text given
    std::string_view authority; // of an absolute-form target ("http://host/…"), else ""
};

// A request target in origin form ("/a?b"), absolute form or "*" (path "*"). Nothing when it cannot be taken
// safely: an escaped slash, a backslash, a control character, a path that climbs above the root, a fragment. Bytes past
// ASCII are taken as they are: curl sends them so.
std::optional<Target> parse_target(std::string_view target);

// A Host header, or the authority of an http URL: "example.org:8080", "[::1]:80", "localhost".
bool is_host(std::string_view text);

} // namespace vitrina
