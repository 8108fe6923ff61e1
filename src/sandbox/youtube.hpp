#pragma once
#include "sandbox/network.hpp"

#include <memory>

namespace vitrina::sandbox {

// YouTube's Data API v3 and Google's OAuth, as publishing speaks to them.
std::unique_ptr<Network> make_youtube(World& world);

// What YouTube demands of a video's description; the parts are those named in the query. Throws Refusal.
void check_youtube_metadata(const boost::json::object& video, const std::vector<std::string>& parts, Instant now);

// The day that YouTube's quota counts by: days since 1970 in Pacific time.
std::int64_t pacific_day(Instant now);

} // namespace vitrina::sandbox
