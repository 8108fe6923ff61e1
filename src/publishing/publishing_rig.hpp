#pragma once
#include "publishing/connections.hpp"
#include "publishing/driver.hpp"
#include "publishing/found_posts.hpp"
#include "publishing/mishap.hpp"
#include "publishing/pacing.hpp"
#include "publishing/post_edits.hpp"
#include "publishing/post_looks.hpp"
#include "publishing/requests.hpp"
#include "publishing/schedules.hpp"
#include "storage/memory_store.hpp"
#include "unit/manual_clock.hpp"
#include "unit/run.hpp"
#include "unit/test_database.hpp"

#include <memory>
#include <string>
#include <vector>

namespace vitrina {

// The whole room but the networks: on the real database and queue, with virtual time.
struct PublishingRig {
    PublishingRig(ManualClock& time, Wire& wire, Platforms known, Networks networks)
        : clock(time),
          platforms(std::move(known)),
          accounts(*db, vault, platforms, wire, clock, networks),
          connections(*db, accounts, publications, queue, platforms, wire, clock),
          driver(*db, *store, queue, clock, videos, accounts, platforms, vault, wire)
    {
    }

    ManualClock& clock;
    Platforms platforms;
    std::unique_ptr<Database> db = open_test_database();
    std::unique_ptr<ObjectStore> store = make_memory_store();
    JobQueue queue{*db, clock};
    Videos videos{*db, clock};
    Vault vault{Secret("a key for tests, long enough")};
    Accounts accounts;
    Publications publications{*db, queue, clock};
    Connections connections;
    PublishRequests requests{accounts, publications, platforms};
    FoundPosts found{*db, queue, clock, videos, accounts, publications, platforms};
    Pacing pacing{*db, queue, clock};
    Schedules schedules{*db, queue, clock, videos, publications, platforms};
    PostEdits edits{*db, queue, clock, videos, publications, platforms};
    PublishDriver driver;
    // What step() works. Looks at published posts never end: who wants them says so.
    std::vector<std::string> kinds{publish_video, remove_publication, publish_thumbnail, update_publication};
    int jobs_run = 0;

    Account connect(NewAccount fresh)
    {
        auto account = run(connections.connect(std::move(fresh)));
        if (!account)
            throw std::runtime_error(account.error().message);
        return *account;
    }

    static std::string make_bytes(std::size_t size)
    {
        std::string text(size, '\0');
        for (std::size_t i = 0; i < size; ++i)
            text[i] = char('a' + i * 7 % 26);
        return text;
    }

    void put(const std::string& key, const std::string& content)
    {
        auto writer = run(store->create(key));
        run(writer->write(std::as_bytes(std::span(content))));
        run(writer->finish());
    }
    // Of that content and picture.
    Video add_video(const std::string& bytes, const std::string& title, const std::string& description,
                    int width = 1920, int height = 1080)
    {
        const VideoId id = VideoId::make(clock.now());
        const std::string key = "videos/" + id.text() + "/original.mp4",
                          picture = "thumbnails/" + id.text() + "/large.jpg";
        put(key, bytes);
        put(picture, "jpeg");
        auto transaction = run(db->begin());
        NewVideo fresh{id,  title,       description,          {"one", "two words"},
                       key, "video/mp4", std::string(64, '0'), bytes.size()};
        run(videos.add(*transaction, fresh));
        MediaFacts facts;
        facts.content_type = "video/mp4";
        facts.duration = std::chrono::seconds(61);
        facts.width = width;
        facts.height = height;
        facts.frame_rate = 30;
        facts.thumbnail = {"jpeg", 640, 360};
        run(videos.mark_facts(*transaction, id, facts, picture, picture));
        run(transaction->commit());
        return *run(videos.find(id));
    }

    Publication publish(const Video& video, const std::string& platform, const std::string& options = "{}")
    {
        auto list = run(requests.to_platforms(video, {platform}, options));
        if (!list)
            throw std::runtime_error(list.error().message);
        return list->front();
    }
    Publication look(PublicationId id) { return *run(publications.find(id)); }
    PublicationState state(PublicationId id) { return look(id).progress.state; }

    // Works one due job, moving the clock to it; false when there is none. Killed goes through, and leaves the job
    // leased, as a dead process would.
    bool step()
    {
        std::optional<Job> job = run(queue.claim(kinds, "worker", std::chrono::seconds(60)));
        if (!job) {
            const auto due = run(queue.next_due(kinds));
            if (!due)
                return false;
            clock.advance(std::max<std::chrono::microseconds>(*due - clock.now(), std::chrono::microseconds(1)));
            return true;
        }
        ++jobs_run;
        std::optional<JobResult> result;
        std::string error;
        try {
            result = job->kind == publish_video        ? run(driver.publish(*job))
                     : job->kind == remove_publication ? run(driver.remove(*job))
                     : job->kind == look_at_posts      ? run(driver.look(*job))
                     : job->kind == update_publication ? run(driver.update(*job))
                                                       : run(driver.set_thumbnail(*job));
        } catch (const fake::Strictness&) {
            throw;
        } catch (const std::exception& e) {
            error = e.what();
        }
        if (result)
            run(queue.finish(*job, *result));
        else
            run(queue.failed(*job, error));
        return true;
    }

    // Until nothing is left to do; what died is taken over when its lease is over.
    void settle(int most_steps = 400)
    {
        for (int i = 0; i < most_steps; ++i) {
            try {
                if (!step())
                    return;
            } catch (const fake::Killed&) {
                clock.advance(std::chrono::seconds(61));
            }
        }
        throw std::runtime_error("it never settles");
    }
    // Until the publication is where it will not move by itself.
    void settle(PublicationId id, int most_steps = 2000)
    {
        for (int i = 0; i < most_steps && !is_settled(state(id)); ++i) {
            try {
                if (!step())
                    return;
            } catch (const fake::Killed&) {
                clock.advance(std::chrono::seconds(61));
            }
        }
        if (!is_settled(state(id)))
            throw std::runtime_error("it never settles: " + std::string(name(state(id))));
    }
};

} // namespace vitrina
