#pragma once
#include "api/json_body.hpp"
#include "publishing/publications.hpp"

#include <boost/json/object.hpp>
#include <string>

namespace vitrina {

// The members publish_at and time_zone: an instant ("2026-12-24T18:00:00+01:00"), or what the clocks of the zone show
// ("2026-12-24T18:00:00"). Nothing when there is no publish_at, or it is null. What is wrong with them is noted in the
// body; `now` is what they are held against.
std::optional<Schedule> read_schedule(JsonBody& body, Instant now);
// The same in an object within the body, whose pointer is `below`.
std::optional<Schedule> read_schedule(JsonBody& body, const boost::json::object& members, const std::string& below,
                                      Instant now);

} // namespace vitrina
