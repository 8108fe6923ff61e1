#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vitrina {

// The address of a page, as a person copies it from a browser.
struct PostAddress {
    std::string host; // in small letters, without "www." and "m."
    std::vector<std::string> path; // {"@alice", "123"}
    std::string query; // without the '?'

    // A parameter of the query, as it stands there; "" when there is none.
    std::string parameter(std::string_view name) const;
};

// Nothing unless it is https, at most 2000 printable ASCII characters, and names nothing but a host and a page.
std::optional<PostAddress> parse_post_address(std::string_view text);

// 1 to 20 digits: the ids of most networks.
bool is_numeric_id(std::string_view text);

} // namespace vitrina
