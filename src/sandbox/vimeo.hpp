#pragma once
#include "sandbox/network.hpp"

namespace vitrina::sandbox {

// Vimeo, by its API version 3.4: a placeholder, its bytes by tus at another host, and then processing; with its consent
// page. A placeholder is no post: it becomes one with its last byte.
std::unique_ptr<Network> make_vimeo(World& world);

namespace vimeo_scopes {
inline constexpr auto reading = {std::string_view("public")};
inline constexpr auto seeing = {std::string_view("private")};
inline constexpr auto uploading = {std::string_view("upload")};
inline constexpr auto editing = {std::string_view("edit")};
inline constexpr auto deleting = {std::string_view("delete")};
inline constexpr std::string_view everything = "public private upload edit delete";
} // namespace vimeo_scopes

// Every request of the API names its version.
void require_vimeo_version(const Call& call);

} // namespace vitrina::sandbox
