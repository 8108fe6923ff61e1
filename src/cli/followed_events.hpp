#pragma once
#include "cli/console.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace vitrina {

struct FollowedQuery {
    std::vector<std::string> types; // none: all
    std::string video;              // "" for all
    std::string after;              // the id of an event; "" for from now on
};

// The query of /v1/events for them, each part with a "&" before it.
std::string events_query(const FollowedQuery& query);

// Gives each event to `take`, as the JSON that the server wrote, one after the other, until somebody ends the process.
// A server that goes away is waited for, once it was there; an event comes again only when `take` threw or was cut off.
// Throws CommandFailed when the server refuses, or was never there.
void follow_events(const Settings& settings, const FollowedQuery& query,
                   const std::function<void(std::string_view event)>& take);

} // namespace vitrina
