#pragma once
#include "api/video_urls.hpp"

namespace vitrina {

// Appends the video as the frozen surface shows it: eleven members, none of them null.
void append_contract_video(std::string& out, const Video& video, const VideoUrls& urls);

// Whole seconds, to the nearest; a video that has any length has at least one.
std::int64_t whole_seconds(std::chrono::microseconds duration);

} // namespace vitrina
