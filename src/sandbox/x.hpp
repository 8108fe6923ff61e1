#pragma once
#include "sandbox/network.hpp"

namespace vitrina::sandbox {

// X, by its API version 2: media in pieces, then a post that shows them; with its consent page.
std::unique_ptr<Network> make_x(World& world);

namespace x_scopes {
inline constexpr auto reading_posts = {std::string_view("tweet.read")};
inline constexpr auto posting = {std::string_view("tweet.write")};
inline constexpr auto reading_people = {std::string_view("users.read")};
inline constexpr auto uploading = {std::string_view("media.write")};
inline constexpr std::string_view everything = "tweet.read tweet.write users.read media.write offline.access";
} // namespace x_scopes

} // namespace vitrina::sandbox
