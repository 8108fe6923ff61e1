#pragma once
#include "api/json_body.hpp"
#include "api/json_writer.hpp"
#include "publishing/requests.hpp"

#include <vector>

namespace vitrina {

// What a creating request says about where a video goes and when: {"account_id" or "platform", "options", "publish_at",
// "time_zone"}, or several of these as "targets", to which what stands beside them is common (a target's own wins).
// `now` is what times are held against.

// Adds its mistakes to the body's.
PublishTarget read_target(JsonBody& body, Instant now);
// The "options" beside it, as JSON; "{}" when there are none.
std::string read_options(JsonBody& body);
std::vector<PublishTarget> read_targets(JsonBody& body, Instant now);

// What is wrong with any of several targets, as one fault; nothing when all of them can be. Pointers are into the body:
// "/targets/1/options/title".
std::optional<Fault> fault_of_targets(const std::vector<Result<Publications::Wanted>>& resolved);

// {"valid":…,"targets":[{"platform","account_id","valid","errors":[{"pointer","detail"}]}]}
void append_verdicts(JsonWriter& json, const std::vector<PublishTarget>& targets,
                     const std::vector<Result<Publications::Wanted>>& resolved);

} // namespace vitrina
