#include "webhooks/retry_times.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace vitrina {
namespace {

using namespace std::chrono_literals;

constexpr std::array<std::chrono::seconds, 11> pauses{5s, 30s, 2min, 10min, 30min, 1h, 2h, 4h, 6h, 8h, 10h};
constexpr std::chrono::seconds longest_rest = 10min;

std::chrono::microseconds shaken(std::chrono::microseconds time, double dice)
{
    return std::chrono::microseconds{std::int64_t(double(time.count()) * (0.8 + 0.4 * dice))};
}

} // namespace

std::optional<Instant> RetryTimes::next(int attempts, Instant now, Instant give_up_at,
                                        std::optional<std::chrono::seconds> asked_for, double dice) const
{
    if (now >= give_up_at)
        return std::nullopt;
    const std::size_t index = std::min(std::size_t(std::max(attempts, 1)), pauses.size()) - 1;
    const auto pause = std::max<std::chrono::microseconds>(shaken(pauses[index], dice), asked_for.value_or(0s));
    return std::min(now + pause, give_up_at);
}

std::chrono::microseconds RetryTimes::rest(int failures, double dice) const
{
    const std::size_t index = std::min(std::size_t(std::max(failures, 1)), pauses.size()) - 1;
    return shaken(std::min(pauses[index], longest_rest), dice);
}

// A little less than a delivery is tried for, so that the first one to be given up shows it.
bool RetryTimes::is_long(Instant failing_since, Instant now) const
{
    return now - failing_since >= tried_for - tried_for / 20;
}

std::optional<std::chrono::seconds> retry_after(std::string_view text, Instant now)
{
    std::int64_t seconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (error == std::errc{} && end == text.data() + text.size() && seconds >= 0)
        return std::chrono::seconds(std::min<std::int64_t>(seconds, 7 * 24 * 3600));
    if (const auto date = parse_http_date(text); date && *date > now)
        return std::chrono::ceil<std::chrono::seconds>(*date - now);
    return std::nullopt;
}

} // namespace vitrina
