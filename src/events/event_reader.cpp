#include "events/event_reader.hpp"

#include "events/followed_events.hpp"

#include <boost/asio/post.hpp>

namespace vitrina {
namespace {

// What a slow client has to be sent at once is at most this.
constexpr std::size_t at_once = 64;

} // namespace

void WaitingReader::ring(std::shared_ptr<WaitingReader> waiting, bool stop)
{
    const Executor home = waiting->home;
    boost::asio::post(home, [waiting = std::move(waiting), stop] {
        waiting->stopped = waiting->stopped || stop;
        waiting->alarm.ring();
    });
}

EventReader::EventReader(std::shared_ptr<FollowedEvents> followed, std::shared_ptr<WaitingReader> waiting,
                         std::int64_t position)
    : followed_(std::move(followed)), waiting_(std::move(waiting)), position_(position)
{
}

EventReader::~EventReader()
{
    followed_->remove(waiting_);
}

bool EventReader::stopped() const
{
    return waiting_->stopped;
}

void EventReader::stop()
{
    waiting_->stopped = true;
    waiting_->alarm.ring();
}

Task<EventReader::News> EventReader::next(std::chrono::steady_clock::duration patience)
{
    const auto end = std::chrono::steady_clock::now() + patience;
    while (!waiting_->stopped) {
        // What is added while this looks rings the alarm, and the ring is kept for the wait.
        auto recent = followed_->after(position_, at_once);
        News news;
        if (recent)
            news.events = std::move(*recent);
        else
            news = co_await next_from_database();
        if (news.missed)
            co_return news;
        if (!news.events.empty()) {
            position_ = news.events.back()->position;
            co_return news;
        }
        const auto left = end - std::chrono::steady_clock::now();
        if (left <= std::chrono::steady_clock::duration::zero())
            break;
        co_await waiting_->alarm.wait(left);
    }
    co_return News{};
}

Task<EventReader::News> EventReader::next_from_database()
{
    std::vector<Event> events = co_await followed_->log.after(position_, int(at_once));
    News news;
    news.missed = !events.empty() && events.front().position != position_ + 1;
    for (Event& event : events)
        news.events.push_back(std::make_shared<const Event>(std::move(event)));
    co_return news;
}

} // namespace vitrina
