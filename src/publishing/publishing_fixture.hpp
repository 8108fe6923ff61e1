#pragma once
#include "publishing/connections.hpp"
#include "publishing/driver.hpp"
#include "publishing/fake_networks.hpp"
#include "publishing/platforms/mastodon.hpp"
#include "publishing/platforms/youtube.hpp"
#include "publishing/requests.hpp"
#include "storage/memory_store.hpp"
#include "unit/manual_clock.hpp"
#include "unit/run.hpp"
#include "unit/test_database.hpp"

#include <memory>
#include <string>
#include <vector>

// The whole room on the real database and queue, with virtual time and fake networks.
namespace vitrina {

struct PublishingWorld {
    static constexpr std::uint64_t chunk = 256 * 1024;

    explicit PublishingWorld(Networks of = Networks::real) : networks(of) {}

    Networks networks;
    ManualClock clock;
    std::unique_ptr<Database> db = open_test_database();
    std::unique_ptr<ObjectStore> store = make_memory_store();
    JobQueue queue{*db, clock};
    Videos videos{*db, clock};
    Vault vault{Secret("a key for tests, long enough")};
    fake::Internet internet{clock};
    Platforms platforms = make_all();
    Accounts accounts{*db, vault, platforms, internet, clock, networks};
    Publications publications{*db, queue, clock};
    Connections connections{*db, accounts, publications, queue, platforms, internet, clock};
    PublishRequests requests{accounts, publications, platforms};
    PublishDriver driver{*db, *store, queue, clock, videos, accounts, platforms, vault, internet};
    std::string bytes = make_bytes(3 * chunk - 1000);
    int jobs_run = 0;

    static Platforms make_all()
    {
        Platforms all;
        all.push_back(make_youtube({.chunk = chunk}));
        all.push_back(make_mastodon());
        return all;
    }

    static std::string make_bytes(std::size_t size)
    {
        std::string text(size, '\0');
        for (std::size_t i = 0; i < size; ++i)
            text[i] = char('a' + i * 7 % 26);
        return text;
    }

    NewAccount new_account(const std::string& platform) const
    {
        NewAccount account;
        account.platform = platform;
        if (platform == "youtube") {
            account.tokens.client_id = "client";
            account.tokens.client_secret = Secret("client-secret");
            account.tokens.refresh_token = Secret("refresh-1");
        } else {
            account.base_url = "https://mastodon.example";
            account.tokens.access_token = Secret("mastodon-token");
        }
        return account;
    }
    Account connect(const std::string& platform)
    {
        auto account = run(connections.connect(new_account(platform)));
        if (!account)
            throw std::runtime_error(account.error().message);
        return *account;
    }

    void put(const std::string& key, const std::string& content)
    {
        auto writer = run(store->create(key));
        run(writer->write(std::as_bytes(std::span(content))));
        run(writer->finish());
    }
    Video given_video(const std::string& title = "Cats", const std::string& description = "Two of them")
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
        facts.width = 1920;
        facts.height = 1080;
        facts.frame_rate = 30;
        facts.thumbnail = {"jpeg", 640, 360};
        run(videos.mark_facts(*transaction, id, facts, picture, picture));
        run(transaction->commit());
        return *run(videos.find(id));
    }

    Publication publish(const Video& video, const std::string& platform)
    {
        auto list = run(requests.to_platforms(video, {platform}));
        if (!list)
            throw std::runtime_error(list.error().message);
        return list->front();
    }
    Publication look(PublicationId id) { return *run(publications.find(id)); }
    PublicationState state(PublicationId id) { return look(id).progress.state; }

    const std::vector<fake::Post>& posts(const std::string& platform) const
    {
        return platform == "youtube" ? internet.youtube.posts : internet.mastodon.posts;
    }

    // Works one due job, moving the clock to it; false when there is none. Killed goes through, and leaves the job
    // leased, as a dead process would.
    bool step()
    {
        const std::vector<std::string> kinds{publish_video, remove_publication, publish_thumbnail};
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
