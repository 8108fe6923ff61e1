#pragma once
#include "core/alarm.hpp"
#include "events/event_follower.hpp"
#include "events/event_log.hpp"

#include <deque>
#include <mutex>
#include <optional>
#include <unordered_set>

namespace vitrina {

// Where a reader waits, on its own loop.
struct WaitingReader {
    explicit WaitingReader(Executor loop) : home(loop), alarm(loop) {}

    Executor home;
    Alarm alarm;
    bool stopped = false; // on that loop
    // From any thread.
    static void ring(std::shared_ptr<WaitingReader> waiting, bool stop = false);
};

// The newest events and those who wait for more. The follower's coroutine adds, readers take.
struct FollowedEvents : std::enable_shared_from_this<FollowedEvents> {
    using Shared = std::shared_ptr<const Event>;

    FollowedEvents(Database& database, Executor executor, FollowerOptions chosen)
        : log(database), loop(executor), options(chosen), alarm(executor)
    {
    }

    // Nothing when what follows the position may be further back than what is remembered.
    std::optional<std::vector<Shared>> after(std::int64_t position, std::size_t most);
    void add(std::shared_ptr<WaitingReader> reader);
    void remove(const std::shared_ptr<WaitingReader>& reader);
    void stop();

    EventLog log;
    const Executor loop;
    const FollowerOptions options;
    Alarm alarm; // of the follower's coroutine; only on its loop
    std::shared_ptr<void> hears_commits;

    mutable std::mutex mutex; // of what follows; never held across an await
    std::unordered_set<std::shared_ptr<WaitingReader>> readers;
    bool following = false; // the coroutine runs
    bool stopped = false;
    bool looked = false;     // since it runs
    std::int64_t newest = 0; // as far as it has looked
    std::deque<Shared> recent; // up to there, without gaps

private:
    static Task<> run(std::shared_ptr<FollowedEvents> self);
    Task<bool> look();
    bool is_wanted();
    void keep(std::vector<Event> events);
    void ring_readers(); // under the mutex
};

} // namespace vitrina
