#include "library/library_fixture.hpp"

#include <doctest/doctest.h>

using namespace vitrina;

namespace {

// In a transaction of its own.
template <class Change>
bool commit(EmptyLibrary& library, Change change)
{
    auto task = [&]() -> Task<bool> {
        auto transaction = co_await library.db->begin();
        const bool changed = co_await change(*transaction);
        co_await transaction->commit();
        co_return changed;
    };
    return run(task());
}

VideoTitle title(const char* text)
{
    return *VideoTitle::parse(text);
}

} // namespace

TEST_CASE("a new video is found as it was added")
{
    EmptyLibrary library;
    const Video added = library.given_video("Canción", "Una descripción", {"uno", "d\"os"});
    CHECK(added.status == VideoStatus::processing);
    CHECK(added.seq == 1);
    CHECK(run(library.videos.find(added.id)) == added);
    CHECK_FALSE(run(library.videos.find(VideoId::make(library.clock.now()))).has_value());
    CHECK(library.all().size() == 1);
}

TEST_CASE("upload times never run backwards, even if the clock does")
{
    EmptyLibrary library;
    const Video first = library.given_video("first");
    library.clock.advance(-std::chrono::hours(5));
    const Video second = library.given_video("second");
    CHECK(second.uploaded_at == first.uploaded_at + std::chrono::microseconds(1));
    CHECK(second.seq > first.seq);
}

TEST_CASE("a change bumps the version and is found by its new words only")
{
    EmptyLibrary library;
    const Video before = library.given_video("Perros", "grandes", {"animales"});
    library.clock.advance(std::chrono::seconds(1));
    const auto after = run(library.videos.update(before.id, {.title = title("Gatos")}, before.version));
    REQUIRE(after);
    CHECK(after->title == "Gatos");
    CHECK(after->description == "grandes");
    CHECK(after->version == before.version + 1);
    CHECK(after->updated_at > before.updated_at);
    CHECK(run(library.videos.find(before.id)) == *after);
    CHECK(library.all({.filter = {.search = "perros"}}).empty());
    CHECK(library.all({.filter = {.search = "gatos"}}).size() == 1);

    const auto tagged = run(library.videos.update(before.id, {.tags = *VideoTags::parse({"felinos"})}, {}));
    CHECK(library.all({.filter = {.tags = {"animales"}}}).empty());
    CHECK(library.all({.filter = {.tags = {"felinos"}}}).size() == 1);
    CHECK(library.all({.filter = {.search = "felino"}}).size() == 1);
    CHECK(tagged->title == "Gatos");
}

TEST_CASE("a change that changes nothing leaves the version alone")
{
    EmptyLibrary library;
    const Video video = library.given_video("Perros");
    CHECK(run(library.videos.update(video.id, {.title = title("Perros")}, {}))->version == video.version);
    CHECK(run(library.videos.update(video.id, {}, {}))->version == video.version);
}

TEST_CASE("a change to what changed meanwhile, or is gone, is refused")
{
    EmptyLibrary library;
    const Video video = library.given_video("Perros");
    CHECK(run(library.videos.update(video.id, {.title = title("Gatos")}, video.version + 1)).error().kind ==
          FaultKind::precondition_failed);
    CHECK(run(library.videos.update(VideoId::make(library.clock.now()), {}, {})).error().kind == FaultKind::missing);
    CHECK(run(library.videos.find(video.id)) == video);
}

TEST_CASE("facts are recorded once")
{
    EmptyLibrary library;
    const Video video = library.given_video("Perros");
    const MediaFacts facts = ScriptedInspector::facts();
    const auto record = [&](Transaction& t) { return library.videos.mark_facts(t, video.id, facts, "large", "small"); };
    CHECK(commit(library, record));
    const auto found = run(library.videos.find(video.id));
    CHECK(found->status == VideoStatus::ready);
    CHECK(found->duration == facts.duration);
    CHECK(found->width == 1920);
    CHECK(found->frame_rate == doctest::Approx(29.97));
    CHECK(found->video_codec == "h264");
    CHECK(found->thumbnail_key == "large");
    CHECK(found->small_thumbnail_key == "small");
    CHECK(found->version == video.version + 1);
    CHECK(library.number("SELECT duration FROM videos") == 61); // whole seconds, as /api has it

    CHECK_FALSE(commit(library, record));
    const auto fail = [&](Transaction& t) {
        return library.videos.mark_failed(t, video.id, VideoReason{"VT-MED-001", "no"});
    };
    CHECK_FALSE(commit(library, fail));
    CHECK(run(library.videos.find(video.id)) == found);
}

TEST_CASE("a failure keeps its reason")
{
    EmptyLibrary library;
    const Video video = library.given_video("Perros");
    const VideoReason reason{"VT-MED-001", "The file is not media"};
    CHECK(commit(library, [&](Transaction& t) { return library.videos.mark_failed(t, video.id, reason); }));
    const auto found = run(library.videos.find(video.id));
    CHECK(found->status == VideoStatus::failed);
    CHECK(found->reasons == std::vector<VideoReason>{reason});
    CHECK(library.all({.filter = {.status = VideoStatus::failed}}).size() == 1);
    CHECK(library.all({.filter = {.status = VideoStatus::ready}}).empty());
}

TEST_CASE("published platforms come and go")
{
    EmptyLibrary library;
    const Video video = library.given_video("Perros");
    using Platforms = std::vector<std::string>;
    const auto set = [&](Platforms platforms) {
        return commit(library, [&](Transaction& t) { return library.videos.set_published(t, video.id, platforms); });
    };
    CHECK(set({"youtube", "peertube"}));
    CHECK(run(library.videos.find(video.id))->published_platforms == Platforms{"youtube", "peertube"});
    CHECK(run(library.videos.find(video.id))->is_published());
    CHECK(library.number("SELECT is_published FROM videos") == 1);
    CHECK(set({}));
    CHECK_FALSE(run(library.videos.find(video.id))->is_published());
    CHECK(library.number("SELECT is_published FROM videos") == 0);
}

TEST_CASE("a deleted video is nowhere, and nothing changes it any more")
{
    EmptyLibrary library;
    const Video video = library.given_video("Perros", "", {"uno"});
    const auto remove = [&](Transaction& t) { return library.videos.mark_deleted(t, video.id); };
    CHECK(commit(library, remove));
    CHECK_FALSE(commit(library, remove));
    CHECK_FALSE(run(library.videos.find(video.id)).has_value());
    CHECK(library.all().empty());
    CHECK(library.all({.filter = {.search = "perros"}}).empty());
    CHECK(library.all({.filter = {.search = "pe"}}).empty());
    CHECK(library.all({.filter = {.tags = {"uno"}}}).empty());
    CHECK(library.all({.filter = {.status = VideoStatus::deleted}}).empty());
    CHECK(library.all({.sort = VideoSort::title}).empty());
    CHECK(library.all().empty());
    CHECK_FALSE(run(library.videos.update(video.id, {.title = title("Gatos")}, {})));
    const MediaFacts facts = ScriptedInspector::facts();
    CHECK_FALSE(commit(library, [&](Transaction& t) { return library.videos.mark_facts(t, video.id, facts, "", ""); }));
    CHECK_FALSE(
        commit(library, [&](Transaction& t) { return library.videos.set_published(t, video.id, {"youtube"}); }));

    CHECK(library.number("SELECT count(*) FROM video_documents") == 0);
    CHECK(library.number("SELECT count(*) FROM video_tags") == 0);
    run(library.videos.forget_deleted(video.id));
    CHECK(library.number("SELECT count(*) FROM videos") == 0);
    CHECK(library.given_video("next").seq == video.seq + 1); // a seq never comes again
}

TEST_CASE("a list in pages goes through everything")
{
    EmptyLibrary library;
    for (int i = 0; i < 7; ++i)
        library.given_video("video");
    CHECK(library.all({.limit = 3}).size() == 7);
    CHECK(library.all({.limit = 7}).size() == 7);
    CHECK_FALSE(run(library.videos.list({.limit = 7})).next.has_value());
    CHECK(run(library.videos.list({.limit = 6})).next.has_value());
}
