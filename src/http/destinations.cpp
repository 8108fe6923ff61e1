#include "http/destinations.hpp"

#include <algorithm>

namespace vitrina {
namespace {

constexpr std::size_t most_remembered = 10'000;

} // namespace

bool Destinations::is_shut(const Destination& destination, Time now) const
{
    return destination.failures >= limits_.failures && (destination.probing || now < destination.shut_until);
}

Destinations::Answer Destinations::enter(const std::string& host, Time now)
{
    const std::lock_guard lock(mutex_);
    // Names come from people: those that nobody asks for any more are forgotten.
    if (destinations_.size() >= most_remembered)
        std::erase_if(destinations_,
                      [now](const auto& entry) { return entry.second.inside == 0 && entry.second.shut_until < now; });
    Destination& destination = destinations_[host];
    if (is_shut(destination, now))
        return {Entry::shut, std::max(destination.shut_until, now + std::chrono::seconds(1))};
    if (destination.inside >= limits_.at_once)
        return {Entry::full, now};
    destination.probing = destination.failures >= limits_.failures;
    ++destination.inside;
    return {};
}

void Destinations::leave(const std::string& host, Outcome outcome, Time now)
{
    const std::lock_guard lock(mutex_);
    const auto found = destinations_.find(host);
    if (found == destinations_.end())
        return;
    Destination& destination = found->second;
    --destination.inside;
    destination.probing = false;
    if (outcome == Outcome::answered) {
        destination.failures = 0;
        destination.shut_until = {};
    } else if (outcome == Outcome::silent && ++destination.failures >= limits_.failures) {
        const int doublings = std::min(destination.failures - limits_.failures, 10);
        destination.shut_until = now + std::min(limits_.longest_pause, limits_.first_pause * (1 << doublings));
    }
    if (destination.inside == 0 && destination.failures == 0)
        destinations_.erase(found);
}

std::size_t Destinations::shut(Time now) const
{
    const std::lock_guard lock(mutex_);
    return std::size_t(
        std::ranges::count_if(destinations_, [this, now](const auto& entry) { return is_shut(entry.second, now); }));
}

} // namespace vitrina
