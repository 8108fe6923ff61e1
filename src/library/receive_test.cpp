#include "core/errors.hpp"
#include "library/library_fixture.hpp"

#include <doctest/doctest.h>

using namespace vitrina;

namespace {

const std::string mp4 = std::string("\0\0\0\x20"
                                    "ftypisom",
                                    12) +
                        std::string(2'000, 'v');

std::span<const std::byte> bytes_of(std::string_view text)
{
    return std::as_bytes(std::span(text));
}

VideoTitle title()
{
    return *VideoTitle::parse("Perros");
}

// Sends the file in pieces of that size and gives it a title.
Task<Result<Video>> send(Uploads& uploads, std::string file, std::size_t piece, std::string client_name)
{
    const auto upload = uploads.open(client_name);
    for (std::size_t at = 0; at < file.size(); at += piece)
        co_await upload->write(bytes_of(std::string_view(file).substr(at, piece)));
    VideoDescription description;
    VideoTags tags = *VideoTags::parse({"uno"});
    Result<Video> video = co_await upload->finish(title(), description, std::move(tags));
    co_return video;
}

// Sends and waits, as the upload handler does.
Task<Result<Video>> send_and_wait(Uploads& uploads, std::string file, std::chrono::milliseconds patience)
{
    Result<Video> sent = co_await send(uploads, std::move(file), 1'000, "a.mp4");
    if (!sent)
        co_return sent;
    Result<Video> known = co_await uploads.await_facts(sent->id, patience);
    co_return known;
}

std::string stored(ObjectStore& store, ObjectKey key)
{
    auto read = [&]() -> Task<std::string> {
        const auto source = co_await store.open(key);
        std::string bytes(source->size(), '\0');
        co_await source->read(0, std::as_writable_bytes(std::span(bytes)));
        co_return bytes;
    };
    return run(read());
}

bool nothing_is_left(WholeLibrary& library)
{
    return library.stored_keys().empty() && library.number("SELECT count(*) FROM objects") == 0 &&
           library.number("SELECT count(*) FROM videos") == 0 &&
           library.number("SELECT count(*) FROM video_documents") == 0;
}

} // namespace

TEST_CASE("an upload becomes a stored file and an entry, whatever pieces it comes in")
{
    for (std::size_t piece : {std::size_t{1}, std::size_t{511}, std::size_t{512}, std::size_t{100'000}}) {
        CAPTURE(piece);
        WholeLibrary library;
        const auto video = run(send(library.uploads, mp4, piece, "foto.php"));
        REQUIRE(video);
        CHECK(video->status == VideoStatus::processing);
        CHECK(video->size == mp4.size());
        CHECK(video->content_type == "video/mp4");
        CHECK(video->sha256 == "c4071306f231e24cfefb21cfb7a6f76294fdc081c77747f0db4d30fcbd561ba7");
        CHECK(video->source_key.starts_with("videos/" + video->id.text()));
        CHECK(video->source_key.ends_with(".mp4"));
        CHECK(stored(*library.store, video->source_key) == mp4);
        CHECK(run(library.videos.find(video->id)) == *video);
        CHECK(library.number("SELECT count(*) FROM objects WHERE state = 'live'") == 1);
        CHECK(library.number("SELECT count(*) FROM jobs WHERE kind = 'inspect_media'") == 1);
    }
}

TEST_CASE("where the bytes do not say what they are, the client's extension is taken, if it is one")
{
    WholeLibrary library;
    CHECK(run(send(library.uploads, "no media", 100, "a.MKV"))->source_key.ends_with(".mkv"));
    CHECK(run(send(library.uploads, "no media", 100, "a.php"))->source_key.ends_with(".bin"));
    CHECK(run(send(library.uploads, "no media", 100, ""))->source_key.ends_with(".bin"));
}

TEST_CASE("an empty file is refused and leaves nothing")
{
    WholeLibrary library;
    CHECK(run(send(library.uploads, "", 1, "a.mp4")).error().code == "VT-UPL-001");
    CHECK(nothing_is_left(library));
}

TEST_CASE("a client that goes away leaves nothing")
{
    for (std::size_t sent : {std::size_t{0}, std::size_t{10}, mp4.size()}) {
        CAPTURE(sent);
        WholeLibrary library;
        auto broken = [&]() -> Task<> {
            const auto upload = library.uploads.open("a.mp4");
            co_await upload->write(bytes_of(std::string_view(mp4).substr(0, sent)));
            throw Disconnected("the client went away");
        };
        CHECK_THROWS_AS(run(broken()), Disconnected); // the loop runs until the removal has ended
        CHECK(nothing_is_left(library));
    }
}

TEST_CASE("a lease is renewed while bytes flow, and an upload that lost it fails and leaves nothing")
{
    WholeLibrary library;
    auto slow = [&](bool sweeping) -> Task<Result<Video>> {
        const auto upload = library.uploads.open("a.mp4");
        for (int i = 0; i < 10; ++i) {
            co_await upload->write(bytes_of(mp4));
            library.clock.advance(std::chrono::seconds(200));
            if (sweeping)
                library.clock.advance(std::chrono::seconds(1'000));
            co_await library.sweep.run();
        }
        VideoDescription description;
        VideoTags tags;
        Result<Video> video = co_await upload->finish(title(), description, std::move(tags));
        co_return video;
    };
    CHECK_THROWS_AS(static_cast<void>(run(slow(true))), Unavailable);
    CHECK(nothing_is_left(library));
    CHECK(run(slow(false))->size == 10 * mp4.size());
}

TEST_CASE("the answer has the facts")
{
    WholeLibrary library;
    const auto video = run(send_and_wait(library.inspecting_uploads, mp4, std::chrono::minutes(10)));
    REQUIRE(video);
    CHECK(video->status == VideoStatus::ready);
    CHECK(video->duration == ScriptedInspector::facts().duration);
    CHECK(stored(*library.store, video->thumbnail_key) == "large picture");
    CHECK(stored(*library.store, video->small_thumbnail_key) == "small picture");
    CHECK(library.inspector.size_seen == mp4.size());
    CHECK(library.number("SELECT count(*) FROM objects WHERE state = 'live'") == 3);
    CHECK(library.number("SELECT count(*) FROM objects") == 3);
}

TEST_CASE("what will read the file is made ready while the file comes in")
{
    WholeLibrary library;
    auto begin = [&]() -> Task<> {
        const auto upload = library.inspecting_uploads.open("a.mp4");
        co_await upload->write(bytes_of(mp4));
        CHECK(library.inspector.prepared == 1);
        CHECK(library.inspector.asked == 0);
    };
    run(begin());
}

TEST_CASE("a file that is refused while the client waits is gone with the answer")
{
    WholeLibrary library;
    library.inspector.answer = [] { return ScriptedInspector::refusal(); };
    const auto video = run(send_and_wait(library.inspecting_uploads, mp4, std::chrono::minutes(10)));
    REQUIRE_FALSE(video);
    CHECK(video.error().kind == FaultKind::unsupported_media);
    CHECK(video.error().code == "VT-MED-001");
    CHECK(nothing_is_left(library));
}

TEST_CASE("a file that is refused when nobody waits any more becomes a failed video")
{
    WholeLibrary library;
    library.inspector.answer = [] { return ScriptedInspector::refusal(); };
    const auto video = run(send_and_wait(library.uploads, mp4, std::chrono::milliseconds(1)));
    REQUIRE(video);
    CHECK(video->status == VideoStatus::processing);
    run(library.inspection.inspect(video->id));
    const auto failed = run(library.videos.find(video->id));
    CHECK(failed->status == VideoStatus::failed);
    CHECK(failed->reasons.front().code == "VT-MED-001");
}

TEST_CASE("facts found by another process are seen, and so is a delete")
{
    WholeLibrary library;
    const auto video = run(send(library.uploads, mp4, 1'000, "a.mp4"));
    Inspection elsewhere(*library.db, *library.store, library.clock, library.videos, library.inspector, "elsewhere");
    run(elsewhere.inspect(video->id)); // nothing is announced here
    CHECK(run(library.uploads.await_facts(video->id, std::chrono::minutes(10)))->status == VideoStatus::ready);
    CHECK(run(library.deletion.remove(video->id)));
    CHECK(run(library.uploads.await_facts(video->id, std::chrono::minutes(10))).error().kind == FaultKind::missing);
}

TEST_CASE("an inspection that breaks down is left to the queue")
{
    WholeLibrary library;
    library.inspector.answer = []() -> Result<MediaFacts> { throw Unavailable("no child to be had"); };
    const auto video = run(send_and_wait(library.inspecting_uploads, mp4, std::chrono::milliseconds(1)));
    CHECK(video->status == VideoStatus::processing);
    library.inspector.answer = [] { return ScriptedInspector::facts(); };

    const std::vector<std::string> kinds{inspect_media};
    CHECK_FALSE(run(library.queue.claim(kinds, "worker", std::chrono::seconds(30))).has_value());
    library.clock.advance(std::chrono::seconds(31));
    const auto job = run(library.queue.claim(kinds, "worker", std::chrono::seconds(30)));
    REQUIRE(job);
    CHECK(std::holds_alternative<Done>(run(library.inspection.work(*job))));
    CHECK(run(library.videos.find(video->id))->status == VideoStatus::ready);
}
