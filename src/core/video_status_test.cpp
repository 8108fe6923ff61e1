#include "core/video_status.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>
#include <vector>

using namespace vitrina;

namespace {

VideoEvent any_event()
{
    return static_cast<VideoEvent>(*rc::gen::inRange(0, 5));
}

} // namespace

TEST_CASE("a video goes from upload to ready")
{
    CHECK(after(VideoStatus::awaiting_upload, VideoEvent::received) == VideoStatus::processing);
    CHECK(after(VideoStatus::processing, VideoEvent::playable) == VideoStatus::playable);
    CHECK(after(VideoStatus::playable, VideoEvent::completed) == VideoStatus::ready);
    CHECK(after(VideoStatus::processing, VideoEvent::completed) == VideoStatus::ready);
    CHECK(after(VideoStatus::processing, VideoEvent::refused) == VideoStatus::failed);
}

TEST_CASE("an outcome is never taken back")
{
    for (VideoStatus settled : {VideoStatus::ready, VideoStatus::failed})
        for (VideoEvent event :
             {VideoEvent::received, VideoEvent::playable, VideoEvent::completed, VideoEvent::refused})
            CHECK_FALSE(after(settled, event).has_value());
}

TEST_CASE("every status has a name that reads back")
{
    for (int i = 0; i < 6; ++i) {
        const auto status = static_cast<VideoStatus>(i);
        CHECK(parse_video_status(name(status)) == status);
    }
    CHECK_FALSE(parse_video_status("Ready").has_value());
    CHECK_FALSE(parse_video_status("").has_value());
}

TEST_CASE("whatever happens, in whatever order")
{
    CHECK(rc::check("a status only moves forward, and nothing follows a delete", [] {
        const auto events = *rc::gen::container<std::vector<VideoEvent>>(rc::gen::exec(any_event));
        VideoStatus status = VideoStatus::awaiting_upload;
        for (VideoEvent event : events) {
            const auto next = after(status, event);
            if (status == VideoStatus::deleted)
                RC_ASSERT(!next.has_value());
            if (!next)
                continue;
            RC_ASSERT(static_cast<int>(*next) > static_cast<int>(status));
            // The same event again is a repeat: it must not count twice.
            RC_ASSERT(!after(*next, event).has_value());
            status = *next;
        }
    }));
}
