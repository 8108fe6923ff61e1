#pragma once
#include "publishing/converse.hpp"
#include "publishing/publish_run.hpp"

#include <vector>

namespace vitrina {

// A short conversation with the account's token, which is renewed once where it is not taken. What was said is added
// to `notes` where they are given.
Task<Step> converse_as(const PublishTools& tools, AccountId account, Conversation& conversation,
                       ContentSource* file = nullptr, std::vector<PublicationNote>* notes = nullptr);

// How the job of a conversation that has to wait goes on.
JobResult snooze_until(const Wait& wait, Instant now);

} // namespace vitrina
