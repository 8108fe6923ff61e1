#include "library/library_fixture.hpp"

#include "storage/disk_store.hpp"
#include "unit/child.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>

using namespace vitrina;

namespace {

// What a process that was killed leaves: a pending row, and perhaps the whole file.
ObjectKey given_remains(WholeLibrary& library, std::string owner, bool with_file)
{
    const VideoId id = VideoId::make(library.clock.now());
    const ObjectKey key = make_source_key(id, "mp4");
    auto leave = [&]() -> Task<> {
        Objects objects(*library.db, *library.store, library.clock);
        ObjectLease lease{owner, std::chrono::seconds(600)};
        co_await objects.add_pending(key, id, std::move(lease));
        if (!with_file)
            co_return;
        const auto writer = co_await library.store->create(key);
        co_await writer->finish();
    };
    run(leave());
    return key;
}

Task<> make_live_file(WholeLibrary& library, Objects& objects, ObjectKey key, VideoId id)
{
    ObjectLease lease{"me", std::chrono::seconds(600)};
    co_await objects.add_pending(key, id, std::move(lease));
    const auto writer = co_await library.store->create(key);
    co_await writer->finish();
    auto transaction = co_await library.db->begin();
    co_await objects.make_live(*transaction, key, "me", 0, "");
    co_await transaction->commit();
}

void given_file(WholeLibrary& library, const ObjectKey& key)
{
    auto put = [&]() -> Task<> {
        const auto writer = co_await library.store->create(key);
        co_await writer->finish();
    };
    run(put());
}

std::string dead_process()
{
    const std::string mine = instance_id();
    return mine.substr(0, mine.rfind('/')) + "/1"; // our number, at another time
}

} // namespace

TEST_CASE("remains of an upload stay while its writer may live, and go when its lease is over")
{
    WholeLibrary library;
    given_remains(library, "a process elsewhere", true);
    CHECK(run(library.sweep.run()).abandoned == 0);
    CHECK(library.stored_keys().size() == 1);
    library.clock.advance(std::chrono::seconds(601));
    CHECK(library.sweep.counters().removed == 0);
    CHECK(run(library.sweep.run()).abandoned == 1);
    CHECK(library.sweep.counters().removed == 1);
    CHECK(library.stored_keys().empty());
    CHECK(library.number("SELECT count(*) FROM objects") == 0);
    CHECK(run(library.sweep.run()).abandoned == 0);
}

TEST_CASE("remains of a process that is known to be dead go at once")
{
    WholeLibrary library;
    given_remains(library, dead_process(), true);
    given_remains(library, dead_process(), false);
    given_remains(library, instance_id(), true);
    CHECK(run(library.sweep.run()).abandoned == 2);
    CHECK(library.stored_keys().size() == 1);
}

TEST_CASE("a removal that was interrupted is ended")
{
    WholeLibrary library;
    const ObjectKey key = given_remains(library, "somebody", true);
    run(library.db->write("UPDATE objects SET state = 'deleting'"));
    CHECK(run(library.sweep.run()).deleted == 1);
    CHECK(library.stored_keys().empty());
    CHECK(library.number("SELECT count(*) FROM objects") == 0);
}

TEST_CASE("fault.S8.store_newer_than_database: a file that nothing explains is watched for a day before it goes")
{
    WholeLibrary library;
    const ObjectKey stray = make_source_key(VideoId::make(library.clock.now()), "mp4");
    given_file(library, stray);
    given_file(library, "videos/not-ours.mp4");
    CHECK(run(library.sweep.run_through_store()).strays == 1);
    CHECK(library.stored_keys().size() == 2);
    library.clock.advance(std::chrono::hours(23));
    const SweepReport second = run(library.sweep.run_through_store());
    CHECK(second.strays == 0);
    CHECK(second.removed == 0);
    library.clock.advance(std::chrono::hours(2));
    CHECK(run(library.sweep.run_through_store()).removed == 1);
    CHECK(library.sweep.counters().removed == 1);
    CHECK(library.stored_keys() == std::vector<std::string>{"videos/not-ours.mp4"});
}

TEST_CASE("fault.S2.after_the_grace: the store holds the files of live rows, and nothing else")
{
    WholeLibrary library;
    const TestDirectory directory;
    library.store = open_disk_store(directory.path); // which keeps what is unfinished
    Sweep sweep(*library.db, *library.store, library.clock);
    Objects objects(*library.db, *library.store, library.clock);
    std::vector<std::string> live;
    for (int i = 0; i < 3; ++i) {
        const VideoId id = VideoId::make(library.clock.now());
        live.push_back(make_source_key(id, "mp4"));
        run(make_live_file(library, objects, live.back(), id));
    }
    for (int i = 0; i < 3; ++i) { // what nothing explains, whole and unfinished
        given_file(library, make_source_key(VideoId::make(library.clock.now()), "mp4"));
        const auto part = directory.path / (make_source_key(VideoId::make(library.clock.now()), "mp4") + ".part");
        std::filesystem::create_directories(part.parent_path());
        std::ofstream(part) << "half";
    }
    CHECK(run(sweep.run_through_store()).strays == 6);
    library.clock.advance(std::chrono::hours(25));
    CHECK(run(sweep.run_through_store()).removed == 6);
    std::ranges::sort(live);
    auto keys = library.stored_keys();
    std::ranges::sort(keys);
    CHECK(keys == live);
    std::vector<std::string> left;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory.path))
        if (entry.is_regular_file())
            left.push_back(entry.path().lexically_relative(directory.path).string());
    std::ranges::sort(left);
    CHECK(left == live);
}

TEST_CASE("fault.S3.sweep_in_a_loop: no object that is live, or becomes it, is ever removed")
{
    WholeLibrary library;
    Sweep eager(*library.db, *library.store, library.clock, std::chrono::seconds(0));
    auto uploading = [&]() -> Task<> {
        const std::string bytes(600, 'v');
        for (int i = 0; i < 5; ++i) {
            const auto upload = library.inspecting_uploads.open("a.mp4");
            co_await upload->write(std::as_bytes(std::span(bytes)));
            co_await eager.run_through_store();
            library.clock.advance(std::chrono::seconds(1));
            co_await eager.run_through_store();
            VideoTitle title = *VideoTitle::parse("Perros");
            VideoDescription description;
            VideoTags tags;
            const auto video = co_await upload->finish(std::move(title), description, tags);
            const auto known = co_await library.inspecting_uploads.await_facts(video->id);
            CHECK(known->status == VideoStatus::ready);
            library.clock.advance(std::chrono::hours(1));
            co_await eager.run_through_store();
        }
    };
    run(uploading());
    const auto keys = library.stored_keys();
    CHECK(keys.size() == 15);
    CHECK(library.number("SELECT count(*) FROM objects WHERE state = 'live'") == 15);
    CHECK(library.number("SELECT count(*) FROM objects") == 15);
}
