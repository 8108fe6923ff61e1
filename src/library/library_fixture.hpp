#pragma once
#include "core/instance.hpp"
#include "jobs/queue.hpp"
#include "library/delete.hpp"
#include "library/inspect.hpp"
#include "library/receive.hpp"
#include "library/sweep.hpp"
#include "library/videos.hpp"
#include "storage/memory_store.hpp"
#include "unit/manual_clock.hpp"
#include "unit/run.hpp"
#include "unit/test_database.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

// What the tests of this room stand on: the real database on a file, the real queue, an inspector that is told what
// to find.
namespace vitrina {

// Says what a test wants to hear.
class ScriptedInspector final : public MediaInspector {
public:
    std::function<Result<MediaFacts>()> answer = [] { return facts(); };
    int asked = 0;
    int prepared = 0;
    std::uint64_t size_seen = 0;

    Task<Result<MediaFacts>> inspect(MediaSource source) override
    {
        ++asked;
        size_seen = source.size;
        co_return answer();
    }

    void prepare() noexcept override { ++prepared; }

    static MediaFacts facts()
    {
        MediaFacts facts;
        facts.container = "mp4";
        facts.extension = "mp4";
        facts.content_type = "video/mp4";
        facts.duration = std::chrono::microseconds(61'400'000);
        facts.width = 1920;
        facts.height = 1080;
        facts.frame_rate = 29.97;
        facts.video_codec = "h264";
        facts.audio_codec = "aac";
        facts.thumbnail = {"large picture", 640, 360};
        facts.small_thumbnail = {"small picture", 160, 90};
        return facts;
    }
    static Fault refusal() { return {FaultKind::unsupported_media, "VT-MED-001", "The file is not media"}; }
};

struct EmptyLibrary {
    ManualClock clock;
    std::unique_ptr<Database> db = open_test_database();
    Videos videos{*db, clock};

    // An entry without a file.
    Video given_video(const std::string& title, const std::string& description = "", std::vector<std::string> tags = {})
    {
        clock.advance(std::chrono::seconds(1));
        return run(add(title, description, std::move(tags)));
    }

    Task<Video> add(std::string title, std::string description, std::vector<std::string> tags)
    {
        const VideoId id = VideoId::make(clock.now());
        NewVideo entry{.id = id,
                       .title = std::move(title),
                       .description = std::move(description),
                       .tags = std::move(tags),
                       .source_key = make_source_key(id, "mp4"),
                       .content_type = "video/mp4",
                       .sha256 = std::string(64, 'a'),
                       .size = 7};
        auto transaction = co_await db->begin();
        Video video = co_await videos.add(*transaction, std::move(entry));
        co_await transaction->commit();
        co_return video;
    }

    std::vector<Video> all(VideoQuery query = {})
    {
        std::vector<Video> found;
        do {
            const VideoPage page = run(videos.list(query));
            found.insert(found.end(), page.videos.begin(), page.videos.end());
            query.after = page.next;
        } while (query.after);
        return found;
    }

    std::int64_t number(Sql sql) { return run(db->read(sql)).front().integer(0); }
};

struct WholeLibrary : EmptyLibrary {
    std::unique_ptr<ObjectStore> store = make_memory_store();
    JobQueue queue{*db, clock};
    ScriptedInspector inspector;
    Inspection inspection{*db, *store, clock, videos, inspector, instance_id()};
    Uploads uploads{*db, *store, queue, clock, videos, {.owner = instance_id()}};
    Uploads inspecting_uploads{*db, *store, queue, clock, videos, {.owner = instance_id(), .inspection = &inspection}};
    DeletionHooks hooks;
    Deletion deletion{*db, *store, queue, clock, videos, {[this](Transaction& t, VideoId id) -> Task<> {
        return hooks.on_delete ? hooks.on_delete(t, id) : nothing();
    }, [this](VideoId id) -> Task<bool> { return hooks.in_use ? hooks.in_use(id) : no(); }}};
    Sweep sweep{*db, *store, clock};

    static Task<> nothing() { co_return; }
    static Task<bool> no() { co_return false; }

    std::vector<std::string> stored_keys()
    {
        std::vector<std::string> keys;
        auto note = [&keys](const ObjectInfo& object) {
            keys.push_back(object.key);
            return nothing();
        };
        run(store->list("", note));
        return keys;
    }
};

} // namespace vitrina
