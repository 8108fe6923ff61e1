#include "library/check.hpp"

#include "core/digest.hpp"
#include "library/library_fixture.hpp"

#include <doctest/doctest.h>

using namespace vitrina;

namespace {

struct CheckedLibrary : EmptyLibrary {
    std::unique_ptr<ObjectStore> store = make_memory_store();
    JobQueue queue{*db, clock};
    std::vector<Violation> violations;

    // An entry with its file, as an upload leaves it.
    Video given_whole_video(const std::string& title, const std::string& bytes = "bytes")
    {
        clock.advance(std::chrono::seconds(1));
        return run(add_whole(title, bytes));
    }

    Task<Video> add_whole(std::string title, std::string bytes)
    {
        Objects objects(*db, *store, clock);
        const VideoId id = VideoId::make(clock.now());
        const ObjectKey key = make_source_key(id, "mp4");
        ObjectLease lease{"me", std::chrono::seconds(60)};
        co_await objects.add_pending(key, id, lease);
        const auto writer = co_await store->create(key);
        co_await writer->write(std::as_bytes(std::span(bytes)));
        co_await writer->finish();
        auto transaction = co_await db->begin();
        const std::string sha256 = sha256_hex(bytes);
        co_await objects.make_live(*transaction, key, "me", bytes.size(), sha256);
        NewVideo entry{.id = id,
                       .title = std::move(title),
                       .description = "",
                       .tags = {"one", "two"},
                       .source_key = key,
                       .content_type = "video/mp4",
                       .sha256 = sha256,
                       .size = bytes.size()};
        Video video = co_await videos.add(*transaction, std::move(entry));
        NewJob job{.kind = inspect_media, .subject = id.text()};
        job.unique_key = std::string(inspect_media) + ":" + id.text();
        co_await queue.enqueue(*transaction, std::move(job));
        co_await transaction->commit();
        co_return video;
    }

    CheckReport check(CheckOptions options = {})
    {
        violations.clear();
        clock.advance(std::chrono::seconds(1));
        LibraryCheck check(*db, *store, queue, clock, videos, options,
                           [this](const Violation& violation) { violations.push_back(violation); });
        return run(report_of(check));
    }
    Task<CheckReport> report_of(LibraryCheck& check) { return check.run(); }

    // What is wrong; each mended one has a '+'.
    std::string found(CheckOptions options = {})
    {
        check(options);
        std::string list;
        for (const Violation& violation : violations)
            list += (list.empty() ? "" : " ") + std::string(name(violation.wrong)) + (violation.repaired ? "+" : "");
        return list;
    }

    template <class... Args>
    void change(Sql sql, Args... args)
    {
        run(db->write(sql, std::move(args)...));
    }
    void put_file(const ObjectKey& key, const std::string& bytes) { run(write_file(key, bytes)); }
    Task<> write_file(ObjectKey key, std::string bytes)
    {
        const auto writer = co_await store->create(key);
        co_await writer->write(std::as_bytes(std::span(bytes)));
        co_await writer->finish();
    }
};

// As the row looks when the job of a delete was lost.
Task<> delete_row(CheckedLibrary& library, VideoId id)
{
    auto transaction = co_await library.db->begin();
    co_await library.videos.mark_deleted(*transaction, id);
    co_await transaction->commit();
}

constexpr CheckOptions mending{.repair = true};
constexpr CheckOptions reading{.read = true};

} // namespace

TEST_CASE("a library that is whole")
{
    CheckedLibrary library;
    library.given_whole_video("One");
    library.given_whole_video("Two");
    const CheckReport report = library.check(reading);
    CHECK(library.violations.empty());
    CHECK(report.videos == 2);
    CHECK(report.objects == 2);
    CHECK(report.files == 2);
    CHECK(report.bytes_read == 10);
    CHECK(report.waiting == 0);
}

TEST_CASE("what is wrong is found, and mended where nothing is lost by it")
{
    CheckedLibrary library;
    const Video video = library.given_whole_video("Canción");
    library.given_whole_video("Another");

    SUBCASE("a file that is gone")
    {
        run(library.store->remove(video.source_key));
        CHECK(library.found() == "file_missing");
        CHECK(library.found(mending) == "file_missing");
    }
    SUBCASE("a file of another size, one of other bytes")
    {
        run(library.store->remove(video.source_key));
        library.put_file(video.source_key, "bits");
        CHECK(library.found() == "file_size");
        run(library.store->remove(video.source_key));
        library.put_file(video.source_key, "bytez");
        CHECK(library.found() == "");
        CHECK(library.found(reading) == "file_bytes");
    }
    SUBCASE("a file without a row is noted, and never removed at once")
    {
        const ObjectKey stray = make_source_key(VideoId::make(library.clock.now()), "mp4");
        library.put_file(stray, "bytes");
        library.put_file("videos/somebody-elses.mp4", "bytes");
        CHECK(library.found() == "file_unexplained");
        CHECK(library.found(mending) == "file_unexplained+");
        CHECK(library.found() == "");
        CHECK(library.check().waiting == 1);
        CHECK(library.check().foreign == 1);
        CHECK(run(library.store->find(stray)));
    }
    SUBCASE("an entry whose file has no row")
    {
        static constexpr Sql forget{"DELETE FROM objects WHERE key = $1"};
        library.change(forget, video.source_key);
        CHECK(library.found() == "object_missing file_unexplained");
        CHECK(library.found(mending) == "object_missing+");
        CHECK(library.found(reading) == "");
    }
    SUBCASE("the file of no entry becomes a stray")
    {
        static constexpr Sql forget{"DELETE FROM videos WHERE id = $1"};
        library.change(forget, video.id.text());
        CHECK(library.found() == "object_orphaned");
        CHECK(library.found(mending) == "object_orphaned+");
        CHECK(library.found() == "");
        CHECK(run(library.store->find(video.source_key)));
    }
    SUBCASE("an entry that nobody works on")
    {
        static constexpr Sql forget{"DELETE FROM jobs WHERE subject = $1"};
        library.change(forget, video.id.text());
        CHECK(library.found() == "job_missing");
        CHECK(library.found(mending) == "job_missing+");
        CHECK(library.found() == "");
    }
    SUBCASE("a delete that nobody finishes")
    {
        run(delete_row(library, video.id));
        CHECK(library.found() == "delete_unfinished");
        CHECK(library.found(mending) == "delete_unfinished+");
        CHECK(library.found() == "");
    }
    SUBCASE("words that are not those of the entry")
    {
        static constexpr Sql rename{"UPDATE videos SET title = 'Renamed' WHERE id = $1"};
        library.change(rename, video.id.text());
        CHECK(library.found() == "words_stale");
        CHECK(library.found(mending) == "words_stale+");
        CHECK(library.found() == "");
        CHECK(run(library.videos.list({.filter = {.search = "renamed"}})).videos.size() == 1);
    }
    SUBCASE("a tag that is not among its words")
    {
        static constexpr Sql forget{"DELETE FROM video_tags WHERE tag = 'two'"};
        library.change(forget);
        CHECK(library.found(mending) == "words_stale+ words_stale+");
        CHECK(library.found() == "");
    }
}
