#pragma once
#include "sandbox/network.hpp"

namespace vitrina::sandbox {

namespace meta_scopes {
inline constexpr std::string_view pages = "pages_show_list pages_read_engagement pages_manage_posts";
inline constexpr std::string_view instagram = "instagram_basic instagram_content_publish";
inline constexpr std::string_view everything =
    "pages_show_list pages_read_engagement pages_manage_posts instagram_basic "
    "instagram_content_publish business_management";
} // namespace meta_scopes

// A page's token of that account (of network "facebook"): it does not end by itself.
Token fresh_page_token(World& world, const std::string& account, const std::string& client, const std::string& scopes);

// The dialog of www.facebook.com, what turns its code into a person's tokens, and the pages these open.
std::vector<Operation> meta_oauth_operations(World& world);

} // namespace vitrina::sandbox
