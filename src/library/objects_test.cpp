#include "library/library_fixture.hpp"

#include <doctest/doctest.h>

using namespace vitrina;

TEST_CASE("keys begin with their video, end in their extension and are never the same twice")
{
    const VideoId id = VideoId::make(Instant{});
    const ObjectKey key = make_source_key(id, "mp4");
    CHECK(key.starts_with("videos/" + id.text() + "/"));
    CHECK(key.ends_with(".mp4"));
    CHECK(make_source_key(id, "mp4") != key);
    CHECK(video_of_key(key) == id);
    CHECK(video_of_key(make_thumbnail_key(id)) == id);
}

TEST_CASE("a key of somebody else's is none of ours")
{
    const std::string id = VideoId::make(Instant{}).text();
    const std::string chance(32, 'a');
    for (const std::string& key :
         {std::string(), std::string("videos/"), "videos/" + id + ".mp4", "videos/" + id + "/x.mp4",
          "other/" + id + "/" + chance + ".mp4", "videos/" + id + "/" + chance,
          "videos/" + id + "/" + std::string(32, 'Z') + ".mp4", "videos/" + id + "/" + chance + "."})
        CHECK_FALSE(video_of_key(key).has_value());
}

TEST_CASE("only who holds the lease makes an object live, and only once")
{
    EmptyLibrary library;
    auto store = make_memory_store();
    Objects objects(*library.db, *store, library.clock);
    const VideoId id = VideoId::make(library.clock.now());
    const ObjectKey key = make_source_key(id, "mp4");
    const auto make_live = [&](std::string owner) {
        auto task = [&]() -> Task<bool> {
            auto transaction = co_await library.db->begin();
            const bool live = co_await objects.make_live(*transaction, key, owner, 7, "");
            co_await transaction->commit();
            co_return live;
        };
        return run(task());
    };
    run(objects.add_pending(key, id, {"me", std::chrono::seconds(60)}));
    CHECK_FALSE(make_live("somebody else"));
    CHECK(run(objects.renew(key, {"me", std::chrono::seconds(60)})));
    CHECK_FALSE(run(objects.renew(key, {"somebody else", std::chrono::seconds(60)})));
    CHECK(make_live("me"));
    CHECK_FALSE(make_live("me"));

    run(objects.discard(key)); // a live one stays
    CHECK(library.number("SELECT count(*) FROM objects WHERE state = 'live'") == 1);
}
