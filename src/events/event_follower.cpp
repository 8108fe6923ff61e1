#include "events/event_follower.hpp"

#include "core/log.hpp"
#include "events/followed_events.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

namespace vitrina {
namespace {

constexpr int at_once = 256;

} // namespace

// ---- what is shared

std::optional<std::vector<FollowedEvents::Shared>> FollowedEvents::after(std::int64_t position, std::size_t most)
{
    const std::lock_guard lock(mutex);
    const std::int64_t before_first = newest - std::int64_t(recent.size());
    if (!looked || position < before_first)
        return std::nullopt;
    std::vector<Shared> events;
    for (auto i = std::size_t(position - before_first); i < recent.size() && events.size() < most; ++i)
        events.push_back(recent[i]);
    return events;
}

void FollowedEvents::add(std::shared_ptr<WaitingReader> reader)
{
    {
        const std::lock_guard lock(mutex);
        if (stopped)
            WaitingReader::ring(reader, true);
        readers.insert(std::move(reader));
        if (stopped || std::exchange(following, true))
            return;
    }
    // Not at once, though this may be its loop: whoever comes to read has first to be told that they may.
    boost::asio::post(
        loop, [self = shared_from_this()] { boost::asio::co_spawn(self->loop, run(self), boost::asio::detached); });
}

void FollowedEvents::remove(const std::shared_ptr<WaitingReader>& reader)
{
    const std::lock_guard lock(mutex);
    readers.erase(reader);
}

void FollowedEvents::stop()
{
    const std::lock_guard lock(mutex);
    stopped = true;
    for (const auto& reader : readers)
        WaitingReader::ring(reader, true);
    if (following) // and who looks for them
        boost::asio::post(loop, [self = shared_from_this()] { self->alarm.ring(); });
}

void FollowedEvents::ring_readers()
{
    for (const auto& reader : readers)
        WaitingReader::ring(reader);
}

// ---- following

Task<> FollowedEvents::run(std::shared_ptr<FollowedEvents> self)
{
    bool in_trouble = false;
    while (self->is_wanted()) {
        bool more = false;
        try {
            more = co_await self->look();
            in_trouble = false;
        } catch (const std::exception& error) {
            if (!std::exchange(in_trouble, true))
                vitrina::log(LogLevel::warn, "new events cannot be looked for; it is tried on",
                             {{"error", error.what()}});
        }
        if (!more)
            co_await self->alarm.wait(self->options.poll);
    }
}

// False when nobody reads: then it is over, and whoever comes next begins anew.
bool FollowedEvents::is_wanted()
{
    const std::lock_guard lock(mutex);
    if (!readers.empty() && !stopped)
        return true;
    following = false;
    looked = false;
    recent.clear();
    return false;
}

// True when there may be more at once.
Task<bool> FollowedEvents::look()
{
    if (!looked) {
        const EventLog::Extent extent = co_await log.extent();
        const std::lock_guard lock(mutex);
        newest = extent.last;
        looked = true;
        ring_readers();
        co_return false;
    }
    std::vector<Event> events = co_await log.after(newest, at_once);
    const bool full = events.size() == std::size_t(at_once);
    if (!events.empty())
        keep(std::move(events));
    co_return full;
}

void FollowedEvents::keep(std::vector<Event> events)
{
    const std::lock_guard lock(mutex);
    if (events.front().position != newest + 1)
        recent.clear(); // some were removed before they were seen: readers find that out from the database
    newest = events.back().position;
    for (Event& event : events)
        recent.push_back(std::make_shared<const Event>(std::move(event)));
    while (recent.size() > options.remembered)
        recent.pop_front();
    ring_readers();
}

// ---- the outside

EventFollower::EventFollower(Database& database, Executor loop, FollowerOptions options)
    : followed_(std::make_shared<FollowedEvents>(database, loop, options))
{
    const std::weak_ptr<FollowedEvents> weak = followed_;
    followed_->hears_commits = database.bell().on_ring([weak, loop] {
        const auto followed = weak.lock();
        if (!followed)
            return;
        {
            const std::lock_guard lock(followed->mutex);
            if (!followed->following)
                return;
        }
        boost::asio::post(loop, [followed] { followed->alarm.ring(); });
    });
}

EventFollower::~EventFollower()
{
    followed_->stop();
    followed_->hears_commits.reset();
}

std::unique_ptr<EventReader> EventFollower::follow(Executor here, std::int64_t position)
{
    auto waiting = std::make_shared<WaitingReader>(here);
    std::unique_ptr<EventReader> reader(new EventReader(followed_, waiting, position));
    followed_->add(std::move(waiting));
    return reader;
}

void EventFollower::stop()
{
    followed_->stop();
}

bool EventFollower::stopped() const
{
    const std::lock_guard lock(followed_->mutex);
    return followed_->stopped;
}

bool EventFollower::is_looking() const
{
    const std::lock_guard lock(followed_->mutex);
    return followed_->following;
}

std::size_t EventFollower::readers() const
{
    const std::lock_guard lock(followed_->mutex);
    return followed_->readers.size();
}

} // namespace vitrina
