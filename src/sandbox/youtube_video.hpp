#pragma once
#include "sandbox/network.hpp"

#include <boost/json/array.hpp>

namespace vitrina::sandbox {

namespace youtube_scopes {
inline constexpr std::string_view full = "https://www.googleapis.com/auth/youtube";
inline constexpr std::string_view force_ssl = "https://www.googleapis.com/auth/youtube.force-ssl";
inline constexpr std::string_view upload = "https://www.googleapis.com/auth/youtube.upload";
inline constexpr std::string_view readonly = "https://www.googleapis.com/auth/youtube.readonly";
inline constexpr auto uploading = {full, force_ssl, upload};
inline constexpr auto managing = {full, force_ssl};
inline constexpr auto reading = {full, force_ssl, readonly};
inline constexpr std::string_view everything = "https://www.googleapis.com/auth/youtube.force-ssl"
                                               " https://www.googleapis.com/auth/youtube.upload"
                                               " https://www.googleapis.com/auth/youtube.readonly";
} // namespace youtube_scopes

std::vector<std::string> split_commas(std::string_view text);
// The part parameter; throws for one that this method does not have.
std::vector<std::string> require_parts(const Call& call, std::initializer_list<std::string_view> known);
bool names_part(const std::vector<std::string>& parts, std::string_view part);
std::size_t page_number(const Call& call, std::string_view parameter, std::size_t otherwise, std::size_t least,
                        std::size_t most);
boost::json::object list_answer(std::string_view kind, boost::json::array items);

bool is_audited(const Account& account);  // else every upload is locked private
bool has_channel(const Account& account);
std::string uploads_playlist(const Account& account);

// Title, text, privacy and details of a video, from a checked body.
void describe(Post& video, const boost::json::object& body, bool audited);
// With publishAt taken into account.
std::string published_privacy(const Post& video, Instant now);
boost::json::object video_resource(const Post& video, const std::vector<std::string>& parts, const std::string& channel,
                                   Instant now);
boost::json::object playlist_item(const Post& video, const std::vector<std::string>& parts);

} // namespace vitrina::sandbox
