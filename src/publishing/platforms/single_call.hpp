#pragma once
#include "publishing/platform.hpp"

#include <functional>
#include <memory>

namespace vitrina {

// A conversation of one question that may be repeated: `read` makes the end of its reply.
std::unique_ptr<Conversation> make_single_call(Send send, std::function<Step(const HttpReply&, Instant now)> read,
                                               const Clock& clock);

} // namespace vitrina
