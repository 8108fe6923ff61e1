#pragma once
#include "core/step.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace vitrina {

// Which bytes Facebook wants next: [start, end). None left: they are equal.
struct FacebookRange {
    std::uint64_t start = 0, end = 0;
};

// An upload that was opened. An ordinary video has a session and says which bytes come first; a reel has an address.
struct FacebookUpload {
    std::string video, session, url;
    FacebookRange next;
};
// Nothing when it is no such answer.
std::optional<FacebookUpload> facebook_upload(const HttpReply& reply, std::uint64_t size);

// The range that a part's answer wants next. Nothing when there is none that makes sense in a file of this size.
std::optional<FacebookRange> facebook_range(const HttpReply& reply, std::uint64_t size);
// Where the upload really stands, of an answer that says that the offset was wrong.
std::optional<FacebookRange> facebook_right_range(const HttpReply& reply, std::uint64_t size);
// The upload session will not do any more: a new one has to be opened.
bool is_facebook_session_gone(const HttpReply& reply);

// {"success":true}
bool is_meta_success(const HttpReply& reply);

// Of GET /{video_id}?fields=status,published,permalink_url.
struct FacebookVideo {
    std::string state;                    // "upload_complete", "processing", "ready", …
    std::string processing, publishing;   // the phases: "not_started", "in_progress", "complete", "error"; "" unsaid
    std::optional<bool> published;
    std::string link;                     // "" while there is none
    std::string trouble;                  // what went wrong, in Facebook's words; "" for nothing

    bool has_failed() const;
    // It was asked to publish it: only that moves the phase.
    bool is_publishing() const;
    // It was not, as far as can be seen: no phase moves that would.
    bool is_waiting_for_finish() const;
};
std::optional<FacebookVideo> facebook_video(const HttpReply& reply);

} // namespace vitrina
