#pragma once
#include "api/video_urls.hpp"
#include "http/response.hpp"
#include "library/videos.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace vitrina {

// Appends one video to a JSON array that is being written.
using AppendVideo = std::function<void(std::string& out, const Video& video)>;

// A list without a limit, as one JSON array, made piece by piece in constant memory: one page of the library each.
class WholeList {
public:
    WholeList(Videos& videos, VideoQuery query, AppendVideo append)
        : videos_(videos), query_(std::move(query)), append_(std::move(append))
    {
    }

    // The next piece of the array; "" after its end.
    Task<std::string> next();
    // Everything up to `size` bytes or the end, whichever comes first.
    Task<std::string> next_up_to(std::size_t size);
    bool ended() const { return state_ == State::ended; }

private:
    enum class State { begin, middle, ended };

    Videos& videos_;
    VideoQuery query_;
    AppendVideo append_;
    State state_ = State::begin;
    bool comma_due_ = false;
};

// A response body: the piece that was made already, then the others.
PieceSource after_beginning(std::string beginning, std::shared_ptr<WholeList> rest);

} // namespace vitrina
