#pragma once
#include "core/step.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vitrina {

// What X's answers say.

// Problem details, {"code","message"} or {"errors":[…]}: X has three ways to say what is wrong. "" where it says
// nothing.
struct XError {
    std::string kind; // the last part of the problem's "type": "client-forbidden", "usage-capped"; or the code
    std::string words;
};
XError x_error(const HttpReply& reply);

// 2xx with "data": a 200 with "errors" alone is a failure.
bool is_x_ok(const HttpReply& reply);

// What any other answer means for whoever asked: Reconnect, Refused or Wait (quota, rate_limited, transient).
Step x_trouble(const HttpReply& reply, Instant now);

// Whether the post was refused because the account has one with the same words.
bool is_x_duplicate(const HttpReply& reply);

// Whether the post was refused because of its video: X forgets one a day after it was uploaded.
bool is_x_medium_refused(const HttpReply& reply);

// Of initialize, finalize and STATUS.
struct XMedia {
    enum class State { ready, processing, failed };
    std::string id;
    State state = State::ready; // no "processing_info": ready
    std::int64_t look_after = 0; // seconds
    std::string why; // it failed
};
std::optional<XMedia> x_media(const HttpReply& reply);

// The id of the new post.
std::optional<std::string> x_post_id(const HttpReply& reply);

// Of the account's last posts, those that show the medium: how many, and the id of the newest.
struct XFound {
    int posts = 0;
    std::string id;
};
XFound x_posts_with(const HttpReply& reply, std::string_view media);

} // namespace vitrina
