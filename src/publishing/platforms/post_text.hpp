#pragma once
#include "publishing/platform.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace vitrina {

// What a post says: the options' words where they are given, else the video's.
struct PostText {
    std::string title, description;
    std::vector<std::string> tags;
};
PostText post_text(const PublishOrder& order);

// An option that is text; `fallback` when it is absent or of another type (which validation has refused).
std::string option_text(const PublishOrder& order, std::string_view name, std::string_view fallback = {});
bool option_yes(const PublishOrder& order, std::string_view name, bool fallback);

bool is_list_of_texts(const boost::json::value& value);

// Code points of UTF-8.
std::size_t characters(std::string_view text);
// At most that many code points from its start.
std::string_view first_characters(std::string_view text, std::size_t count);

// Everything but RFC 3986's unreserved characters escaped.
std::string url_escape(std::string_view text);
// application/x-www-form-urlencoded
std::string form_body(const HttpFields& fields);

} // namespace vitrina
