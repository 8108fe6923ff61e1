#pragma once
#include "api/video_urls.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace vitrina {

// Appends the video as /v1 shows it. `publications` is the JSON array of its publications.
void append_video(std::string& out, const Video& video, const VideoUrls& urls, std::string_view publications);

// The entity tag of a video's JSON: "7.5c3a91e0", its version and a sum of the text. Two answers with one tag are the
// same text, so If-None-Match is exact; If-Match compares the version alone, so that the progress of a publication,
// which is shown but is nobody's edit, does not stand in the way of one until the network has published it.
std::string video_etag(const Video& video, std::string_view json);

// Whether an If-Match header names this version of the video.
bool names_version(std::string_view if_match, const Video& video);

} // namespace vitrina
