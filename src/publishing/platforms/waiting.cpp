#include "publishing/platforms/waiting.hpp"

#include <algorithm>
#include <charconv>

namespace vitrina {
namespace {

using namespace std::chrono_literals;

std::optional<Instant> read(std::string_view text, Instant now)
{
    std::int64_t seconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (error == std::errc{} && end == text.data() + text.size() && seconds >= 0 && seconds < 10'000'000)
        return now + std::chrono::seconds(seconds);
    if (const auto date = parse_http_date(text))
        return date;
    return parse_iso_time(text);
}

} // namespace

std::optional<Instant> asked_to_wait_until(const HttpReply& reply, Instant now)
{
    for (const char* name : {"Retry-After", "X-RateLimit-Reset"}) {
        const std::string_view text = reply.header(name);
        if (text.empty())
            continue;
        if (const auto until = read(text, now))
            return std::clamp<Instant>(*until, now + 1s, now + 24h);
    }
    return std::nullopt;
}

std::chrono::seconds growing_pause(int looks, std::chrono::seconds first, std::chrono::seconds longest)
{
    return std::min(longest, first * (1 << std::clamp(looks, 0, 20)));
}

} // namespace vitrina
