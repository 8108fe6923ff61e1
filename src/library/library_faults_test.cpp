// kill -9 at every step of a video's life. A child process runs the whole of it and is killed at the k-th fail point,
// for every k; then the "restarted" program works off its jobs and sweeps, and the library must be whole: everything
// of the video, or nothing.
#include "core/fail_point.hpp"
#include "library/library_fixture.hpp"
#include "storage/disk_store.hpp"

#include <csignal>
#include <doctest/doctest.h>
#include <filesystem>
#include <functional>
#include <sys/wait.h>
#include <unistd.h>

#ifdef VITRINA_FAIL_POINTS

using namespace vitrina;

namespace {

class Folder {
public:
    Folder()
    {
        std::string pattern = (std::filesystem::temp_directory_path() / "vitrina-faults-XXXXXX").string();
        REQUIRE(::mkdtemp(pattern.data()) != nullptr);
        path_ = pattern;
    }
    ~Folder() { std::filesystem::remove_all(path_); }
    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

// The library as one process has it.
struct Process {
    explicit Process(const std::filesystem::path& folder)
        : db(open_sqlite(folder / "vitrina.db", {.durable = false})), store(open_disk_store(folder / "objects"))
    {
    }

    ManualClock clock;
    std::unique_ptr<Database> db;
    std::unique_ptr<ObjectStore> store;
    Videos videos{*db, clock};
    JobQueue queue{*db, clock};
    ScriptedInspector inspector;
    Inspection inspection{*db, *store, clock, videos, inspector, instance_id()};
    Uploads uploads{*db, *store, queue, clock, videos, {.owner = instance_id(), .inspection = &inspection}};
    Deletion deletion{*db, *store, queue, clock, videos};
    Sweep sweep{*db, *store, clock};

    Task<Result<Video>> upload()
    {
        const std::string bytes(5'000, 'v');
        const auto file = uploads.open("a.mp4");
        co_await file->write(std::as_bytes(std::span(bytes)));
        co_await file->write(std::as_bytes(std::span(bytes)));
        VideoTitle title = *VideoTitle::parse("Canción");
        VideoDescription description;
        VideoTags tags = *VideoTags::parse({"uno"});
        const Result<Video> video = co_await file->finish(std::move(title), description, std::move(tags));
        Result<Video> known = co_await uploads.await_facts(video->id);
        co_return known;
    }

    Task<> work_off_jobs()
    {
        const std::vector<std::string> kinds{inspect_media, purge_video};
        while (true) {
            const auto job = co_await queue.claim(kinds, "worker", std::chrono::seconds(30));
            if (!job)
                co_return;
            JobResult result = Done{};
            if (job->kind == inspect_media)
                result = co_await inspection.work(*job);
            else
                result = co_await deletion.work(*job);
            co_await queue.finish(*job, std::move(result));
        }
    }

    // What a restart does, until nothing is left to do.
    Task<> recover()
    {
        co_await sweep.run();
        clock.advance(std::chrono::seconds(60)); // leases of the dead, and what holds back for a while
        co_await work_off_jobs();
        clock.advance(std::chrono::hours(1));
        co_await sweep.run();
    }

    std::int64_t number(Sql sql) { return run(db->read(sql)).front().integer(0); }
};

// Runs `life` in a child that dies at the k-th fail point; true when it got to the end of it instead.
bool survives(const std::filesystem::path& folder, long k, const std::function<void(Process&)>& life)
{
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        bool lived = false;
        try {
            Process process(folder);
            configure_fail_points("", "", k);
            life(process);
            configure_fail_points("");
            lived = true;
        } catch (const std::exception& error) {
            std::fprintf(stderr, "the child threw: %s\n", error.what());
        }
        ::_exit(lived ? 0 : 1);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    if (WIFSIGNALED(status)) {
        REQUIRE(WTERMSIG(status) == SIGKILL);
        return false;
    }
    REQUIRE(WEXITSTATUS(status) == 0);
    return true;
}

// Rows and files agree, and nothing is half there.
void check_whole(Process& process)
{
    std::vector<std::string> files;
    auto note = [&files](const ObjectInfo& object) -> Task<> {
        files.push_back(object.key);
        co_return;
    };
    run(process.store->list("", note));
    CHECK(process.number("SELECT count(*) FROM objects WHERE state <> 'live'") == 0);
    CHECK(process.number("SELECT count(*) FROM objects") == static_cast<std::int64_t>(files.size()));
    for (const std::string& key : files) {
        Rows rows = run(process.db->read("SELECT size FROM objects WHERE key = $1", key));
        REQUIRE(rows.size() == 1);
        CHECK(rows.front().integer(0) == static_cast<std::int64_t>(run(process.store->find(key))->size));
    }
    CHECK(process.number("SELECT count(*) FROM videos WHERE deleted_at IS NOT NULL") == 0);
    CHECK(process.number("SELECT count(*) FROM videos") == process.number("SELECT count(*) FROM video_documents"));
    CHECK(process.number("SELECT count(*) FROM jobs") == 0);

    const VideoPage page = run(process.videos.list({}));
    CHECK(files.size() == 3 * page.videos.size());
    for (const Video& video : page.videos) {
        CHECK(video.status == VideoStatus::ready);
        for (const ObjectKey& key : {video.source_key, video.thumbnail_key, video.small_thumbnail_key})
            CHECK(std::find(files.begin(), files.end(), key) != files.end());
    }
    CHECK(run(process.videos.list({.filter = {.search = "cancion"}})).videos.size() == page.videos.size());
    CHECK(run(process.videos.list({.filter = {.tags = {"uno"}}})).videos.size() == page.videos.size());
}

} // namespace

TEST_CASE("fault.U6.kill_at_every_step_of_an_upload: one whole video, or nothing")
{
    long k = 1;
    std::int64_t before = -1;
    for (bool lived = false; !lived; ++k) {
        CAPTURE(k);
        const Folder folder;
        lived = survives(folder.path(), k, [](Process& process) { CHECK(run(process.upload())); });
        Process restarted(folder.path());
        run(restarted.recover());
        check_whole(restarted);
        const std::int64_t videos = restarted.number("SELECT count(*) FROM videos");
        CHECK(videos <= 1);
        CHECK(videos >= before); // once it is there at one step, it is there at all later ones
        before = videos;
    }
    CHECK(before == 1);
    CHECK(k > 15); // there were steps to be killed at
}

TEST_CASE("fault.S4.kill_at_every_step_of_a_delete: gone, or still whole")
{
    long k = 1;
    std::int64_t before = 2;
    for (bool lived = false; !lived; ++k) {
        CAPTURE(k);
        const Folder folder;
        VideoId id;
        {
            Process process(folder.path());
            id = run(process.upload())->id;
        }
        lived = survives(folder.path(), k, [id](Process& process) {
            CHECK(run(process.deletion.remove(id)));
            run(process.work_off_jobs());
        });
        Process restarted(folder.path());
        // Never a visible video without its file (S1).
        const auto visible = run(restarted.videos.find(id));
        if (visible)
            CHECK(run(restarted.store->find(visible->source_key)).has_value());
        run(restarted.recover());
        check_whole(restarted);
        const std::int64_t videos = restarted.number("SELECT count(*) FROM videos");
        CHECK(videos <= before); // once it is gone at one step, it is gone at all later ones
        before = videos;
    }
    CHECK(before == 0);
    CHECK(k > 10);
}

TEST_CASE("fault.S1.kill_while_a_refused_file_is_removed: never a listed video without its file")
{
    long k = 1;
    for (bool lived = false; !lived; ++k) {
        CAPTURE(k);
        const Folder folder;
        lived = survives(folder.path(), k, [](Process& process) {
            process.inspector.answer = [] { return ScriptedInspector::refusal(); };
            CHECK_FALSE(run(process.upload()));
        });
        Process restarted(folder.path());
        restarted.inspector.answer = [] { return ScriptedInspector::refusal(); };
        for (const Video& video : run(restarted.videos.list({})).videos)
            CHECK(run(restarted.store->find(video.source_key)).has_value());
        run(restarted.recover());
        // Gone, or a failed video that says why, with its file.
        for (const Video& video : run(restarted.videos.list({})).videos) {
            CHECK(video.status == VideoStatus::failed);
            CHECK(run(restarted.store->find(video.source_key)).has_value());
        }
        CHECK(restarted.number("SELECT count(*) FROM objects") == restarted.number("SELECT count(*) FROM videos"));
    }
}

#endif
