#include "core/errors.hpp"
#include "library/library_fixture.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <doctest/doctest.h>

using namespace vitrina;

namespace {

// A store that removes nothing until it is back.
class MemoryOutage final : public ObjectStore {
public:
    explicit MemoryOutage(std::unique_ptr<ObjectStore> store) : store_(std::move(store)) {}
    Task<std::unique_ptr<ObjectWriter>> create(ObjectKey key) override { return store_->create(std::move(key)); }
    Task<std::unique_ptr<ContentSource>> open(ObjectKey key) override { return store_->open(std::move(key)); }
    Task<std::optional<ObjectInfo>> find(ObjectKey key) override { return store_->find(std::move(key)); }
    Task<bool> remove(ObjectKey key) override
    {
        if (!is_back)
            throw Unavailable("away");
        const bool removed = co_await store_->remove(std::move(key));
        co_return removed;
    }
    Task<> list(std::string prefix, std::function<Task<>(const ObjectInfo&)> each) override
    {
        return store_->list(std::move(prefix), std::move(each));
    }
    Task<> list_unfinished(std::string prefix, std::function<Task<>(const ObjectKey&)> each) override
    {
        return store_->list_unfinished(std::move(prefix), std::move(each));
    }
    std::optional<std::uint64_t> free_bytes() override { return std::nullopt; }

    bool is_back = false;

private:
    std::unique_ptr<ObjectStore> store_;
};

Video given_whole(WholeLibrary& library)
{
    auto send = [&]() -> Task<Video> {
        const std::string file = "some bytes";
        const auto upload = library.uploads.open("a.mp4");
        co_await upload->write(std::as_bytes(std::span(file)));
        VideoTitle title = *VideoTitle::parse("Perros");
        VideoDescription description;
        VideoTags tags;
        const Result<Video> video = co_await upload->finish(std::move(title), description, tags);
        co_await library.inspection.inspect(video->id);
        co_return *video;
    };
    return run(send());
}

std::optional<Job> purge_job(WholeLibrary& library)
{
    std::vector<std::string> kinds{purge_video};
    return run(library.queue.claim(std::move(kinds), "worker", std::chrono::seconds(30)));
}

} // namespace

TEST_CASE("a deleted video is gone at once, and its bytes and rows after the purge")
{
    WholeLibrary library;
    const Video video = given_whole(library);
    CHECK(library.stored_keys().size() == 3);
    CHECK(run(library.deletion.remove(video.id)));
    CHECK(library.all().empty());
    CHECK(run(library.deletion.remove(video.id)).error().kind == FaultKind::missing);

    const auto job = purge_job(library);
    REQUIRE(job);
    CHECK(std::holds_alternative<Done>(run(library.deletion.work(*job))));
    CHECK(library.stored_keys().empty());
    for (Sql count : {Sql("SELECT count(*) FROM videos"), Sql("SELECT count(*) FROM objects"),
                      Sql("SELECT count(*) FROM video_documents"), Sql("SELECT count(*) FROM video_tags")})
        CHECK(library.number(count) == 0);
    CHECK(std::holds_alternative<Done>(run(library.deletion.work(*job)))); // again: nothing left to do
}

TEST_CASE("fault.S4.two_deletes_at_once: one succeeds, the other finds nothing")
{
    WholeLibrary library;
    const Video video = given_whole(library);
    int succeeded = 0, missing = 0;
    auto remove = [&]() -> Task<> {
        const auto result = co_await library.deletion.remove(video.id);
        ++(result ? succeeded : missing);
    };
    boost::asio::io_context loop(1);
    for (int i = 0; i < 2; ++i)
        boost::asio::co_spawn(loop.get_executor(), remove(), boost::asio::detached);
    loop.run();
    CHECK(succeeded == 1);
    CHECK(missing == 1);
    CHECK(library.number("SELECT count(*) FROM jobs WHERE kind = 'purge_video'") == 1);
}

TEST_CASE("fault.S5.store_down_during_delete: hidden at once, tried again, never shown again")
{
    WholeLibrary library;
    const Video video = given_whole(library);
    MemoryOutage away(std::move(library.store));
    Deletion deletion(*library.db, away, library.queue, library.clock, library.videos);
    CHECK(run(deletion.remove(video.id)));
    CHECK(library.all().empty());
    for (int attempt = 0; attempt < 3; ++attempt) {
        const auto job = purge_job(library);
        REQUIRE(job);
        CHECK_THROWS_AS(run(deletion.work(*job)), Unavailable);
        CHECK(run(library.queue.failed(*job, "the store is away")));
        CHECK(library.all().empty());
        library.clock.advance(std::chrono::hours(1));
    }
    away.is_back = true;
    const auto job = purge_job(library);
    REQUIRE(job);
    CHECK(std::holds_alternative<Done>(run(deletion.work(*job))));
    CHECK(library.number("SELECT count(*) FROM objects") == 0);
    CHECK(library.number("SELECT count(*) FROM videos") == 0);
}

TEST_CASE("fault.S6.delete_while_publishing: what is queued is cancelled with it, and bytes on their way stay until "
          "they arrived")
{
    WholeLibrary library;
    const Video video = given_whole(library);
    int cancelled = 0;
    bool in_use = true;
    library.hooks.on_delete = [&](Transaction&, VideoId id) -> Task<> {
        cancelled += id == video.id;
        co_return;
    };
    library.hooks.in_use = [&](VideoId) -> Task<bool> { co_return in_use; };

    CHECK(run(library.deletion.remove(video.id)));
    CHECK(cancelled == 1);
    const auto job = purge_job(library);
    CHECK(std::holds_alternative<Snooze>(run(library.deletion.work(*job))));
    run(library.sweep.run());
    CHECK(library.stored_keys().size() == 3);
    in_use = false;
    CHECK(std::holds_alternative<Done>(run(library.deletion.work(*job))));
    CHECK(library.stored_keys().empty());
}

TEST_CASE("a delete that publishing cannot record does not happen")
{
    WholeLibrary library;
    const Video video = given_whole(library);
    library.hooks.on_delete = [](Transaction&, VideoId) -> Task<> {
        throw std::runtime_error("no");
        co_return;
    };
    CHECK_THROWS(static_cast<void>(run(library.deletion.remove(video.id))));
    CHECK(library.all().size() == 1);
}

TEST_CASE("a purge job never touches a video that is there")
{
    WholeLibrary library;
    const Video video = given_whole(library);
    Job job;
    job.subject = video.id.text();
    CHECK(std::holds_alternative<GiveUp>(run(library.deletion.work(job))));
    CHECK(library.stored_keys().size() == 3);
}
