#pragma once
#include "core/task.hpp"
#include "media/child_process.hpp"
#include "media/inspector.hpp"
#include "media/media_reply.hpp"

#include <chrono>
#include <exception>
#include <memory>

namespace vitrina {

// How talking with a child ended. Without an answer the child is already killed; its process says why.
struct TalkEnd {
    bool answered = false;
    MediaReply answer; // facts or a refusal
    bool nonsense = false;
    bool out_of_time = false;
    std::exception_ptr source_failure; // thrown by MediaSource::read
    ChildEnd process;
};

// False when the child is gone already.
bool send_job(ChildProcess& child, const MediaJob& job, int descriptor);

// Answers the child's questions until it gives its answer, breaks the rules, ends, or is killed when its time ends.
Task<TalkEnd> talk_with(std::shared_ptr<ChildProcess> child, MediaSource source, std::chrono::milliseconds wall_time);

// Kills it, if it still runs, and waits without blocking the loop.
Task<ChildEnd> wait_for_end(std::shared_ptr<ChildProcess> child);

} // namespace vitrina
