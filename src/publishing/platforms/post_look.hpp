#pragma once
#include "publishing/platform.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace vitrina {

// What the answer to a look means; nothing: the network's own definite word that there is no such post.
using ReadLook = std::function<std::optional<Step>(const HttpReply&, Instant now)>;

// A look at a post. That it is not there counts only when the same token, asked next, turns out to be good and
// `account`'s: `identify` asks that. An answer that refuses to tell is no word about the post.
std::unique_ptr<Conversation> make_post_look(Send ask, ReadLook read, std::unique_ptr<Conversation> identify,
                                             std::string account, const Clock& clock);

} // namespace vitrina
