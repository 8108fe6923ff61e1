#include "library/library_fixture.hpp"

#include <doctest/doctest.h>

using namespace vitrina;

namespace {

// A video whose file is in the store.
Video given_stored(WholeLibrary& library)
{
    auto send = [&]() -> Task<Result<Video>> {
        const std::string file = "some bytes";
        const auto upload = library.uploads.open("a.mp4");
        co_await upload->write(std::as_bytes(std::span(file)));
        VideoTitle title = *VideoTitle::parse("Perros");
        VideoDescription description;
        VideoTags tags;
        Result<Video> video = co_await upload->finish(std::move(title), description, tags);
        co_return video;
    };
    return *run(send());
}

Job job_for(const Video& video, int attempts = 0)
{
    Job job;
    job.kind = inspect_media;
    job.subject = video.id.text();
    job.attempts = attempts;
    return job;
}

} // namespace

TEST_CASE("an inspection that runs twice inspects once")
{
    WholeLibrary library;
    const Video video = given_stored(library);
    CHECK(std::holds_alternative<Done>(run(library.inspection.work(job_for(video)))));
    const auto first = run(library.videos.find(video.id));
    CHECK(std::holds_alternative<Done>(run(library.inspection.work(job_for(video)))));
    CHECK(run(library.videos.find(video.id)) == first);
    CHECK(library.inspector.asked == 1);
}

TEST_CASE("of two inspections at once one counts, and the other leaves nothing")
{
    WholeLibrary library;
    const Video video = given_stored(library);
    Inspection other(*library.db, *library.store, library.clock, library.videos, library.inspector, "other");
    // The second looks at the file while the first is between looking and writing.
    bool nested = false;
    ScriptedInspector outer;
    outer.answer = [&]() -> Result<MediaFacts> {
        if (!std::exchange(nested, true))
            run(other.inspect(video.id));
        return ScriptedInspector::facts();
    };
    Inspection first(*library.db, *library.store, library.clock, library.videos, outer, "first");
    run(first.inspect(video.id));
    CHECK(run(library.videos.find(video.id))->status == VideoStatus::ready);
    CHECK(library.stored_keys().size() == 3);
    CHECK(library.number("SELECT count(*) FROM objects WHERE state = 'live'") == 3);
    CHECK(library.number("SELECT count(*) FROM objects") == 3);
}

TEST_CASE("a video that is deleted while it is inspected stays deleted")
{
    WholeLibrary library;
    const Video video = given_stored(library);
    library.inspector.answer = [&]() -> Result<MediaFacts> {
        CHECK(run(library.deletion.remove(video.id)));
        return ScriptedInspector::facts();
    };
    run(library.inspection.inspect(video.id));
    CHECK(library.all().empty());
    CHECK(library.stored_keys() == std::vector<std::string>{video.source_key}); // until it is purged
}

TEST_CASE("sound alone has no pictures")
{
    WholeLibrary library;
    const Video video = given_stored(library);
    library.inspector.answer = [] {
        MediaFacts facts = ScriptedInspector::facts();
        facts.thumbnail = facts.small_thumbnail = {};
        return facts;
    };
    run(library.inspection.inspect(video.id));
    const auto found = run(library.videos.find(video.id));
    CHECK(found->status == VideoStatus::ready);
    CHECK(found->thumbnail_key.empty());
    CHECK(library.stored_keys().size() == 1);
}

TEST_CASE("what cannot be inspected however often it is tried becomes a failed video")
{
    WholeLibrary library;
    const Video video = given_stored(library);
    library.inspector.answer = []() -> Result<MediaFacts> { throw std::runtime_error("down"); };
    CHECK_THROWS(run(library.inspection.work(job_for(video, inspect_media_attempts - 1))));
    CHECK(run(library.videos.find(video.id))->status == VideoStatus::processing);
    CHECK(std::holds_alternative<GiveUp>(run(library.inspection.work(job_for(video, inspect_media_attempts)))));
    CHECK(run(library.videos.find(video.id))->status == VideoStatus::failed);
}

TEST_CASE("a fault that is not the file's is tried again")
{
    WholeLibrary library;
    const Video video = given_stored(library);
    library.inspector.answer = [] { return Fault{FaultKind::unavailable, "VT-MED-050", "busy"}; };
    CHECK_THROWS(run(library.inspection.work(job_for(video))));
    CHECK(run(library.videos.find(video.id))->status == VideoStatus::processing);
}

TEST_CASE("a job about nothing is given up, one about a deleted video is done")
{
    WholeLibrary library;
    Job job;
    job.subject = "nonsense";
    CHECK(std::holds_alternative<GiveUp>(run(library.inspection.work(job))));
    job.subject = VideoId::make(library.clock.now()).text();
    CHECK(std::holds_alternative<Done>(run(library.inspection.work(job))));
}
