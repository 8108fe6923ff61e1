#pragma once
#include "sandbox/network.hpp"

namespace vitrina::sandbox {

// TikTok's Content Posting API, with its upload host apart and its consent page. An upload makes its post when the last
// byte is there; a draft for the inbox waits for its person.
std::unique_ptr<Network> make_tiktok(World& world);

namespace tiktok_scopes {
inline constexpr auto reading = {std::string_view("user.info.basic")};
inline constexpr auto publishing = {std::string_view("video.publish")};
inline constexpr auto drafting = {std::string_view("video.upload")};
inline constexpr std::string_view everything = "user.info.basic video.publish video.upload";
} // namespace tiktok_scopes

// {"data":{…},"error":{"code":"ok",…}}
Response tiktok_answer(int status, boost::json::object data);

// What this account may do; as creator_info says it.
std::vector<std::string> tiktok_privacy_levels(const Account& account);
bool is_audited_for_tiktok(const Account& account); // else its app may post for the person alone

} // namespace vitrina::sandbox
