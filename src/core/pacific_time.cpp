#include "core/pacific_time.hpp"

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace vitrina {
namespace {

using namespace std::chrono;

struct Transition {
    sys_seconds at;
    seconds offset;
};

// The 64-bit part of a TZif file (RFC 8536): from when on which offset from UTC holds.
class ZoneFile {
public:
    explicit ZoneFile(std::string bytes) : bytes_(std::move(bytes)) {}

    std::vector<Transition> transitions()
    {
        const auto first = header();
        if (!first)
            return {};
        // The 32-bit part comes first and is skipped.
        at_ += std::size_t(first->times) * 5 + std::size_t(first->types) * 6 + std::size_t(first->letters) +
               std::size_t(first->leaps) * 8 + std::size_t(first->standard) + std::size_t(first->utc);
        const auto counts = header();
        if (!counts || !fits(std::size_t(counts->times) * 9 + std::size_t(counts->types) * 6))
            return {};
        std::vector<std::int64_t> times(counts->times);
        for (auto& time : times)
            time = number(8);
        std::vector<std::size_t> kinds(counts->times);
        for (auto& kind : kinds)
            kind = std::size_t(number(1));
        std::vector<seconds> offsets(counts->types);
        for (auto& offset : offsets) {
            offset = seconds(std::int32_t(number(4)));
            at_ += 2;
        }
        std::vector<Transition> out;
        for (std::size_t i = 0; i < times.size() && kinds[i] < offsets.size(); ++i)
            out.push_back({sys_seconds{seconds(times[i])}, offsets[kinds[i]]});
        return out;
    }

private:
    struct Counts {
        std::uint32_t utc, standard, leaps, times, types, letters;
    };

    bool fits(std::size_t size) const { return at_ <= bytes_.size() && size <= bytes_.size() - at_; }

    std::int64_t number(int width)
    {
        std::uint64_t value = 0;
        for (int i = 0; i < width; ++i)
            value = value << 8 | static_cast<unsigned char>(bytes_[at_++]);
        return std::int64_t(value);
    }

    std::optional<Counts> header()
    {
        if (!fits(44) || bytes_.compare(at_, 4, "TZif") != 0 || bytes_[at_ + 4] < '2')
            return std::nullopt;
        at_ += 20;
        Counts counts{};
        for (auto* count :
             {&counts.utc, &counts.standard, &counts.leaps, &counts.times, &counts.types, &counts.letters})
            *count = std::uint32_t(number(4));
        return counts;
    }

    std::string bytes_;
    std::size_t at_ = 0;
};

// Since 2007: daylight time from the second Sunday of March to the first Sunday of November, at two o'clock.
seconds offset_by_rule(sys_seconds at)
{
    const year_month_day date{floor<days>(at)};
    const sys_seconds begin = sys_days{date.year() / March / Sunday[2]} + 10h;
    const sys_seconds end = sys_days{date.year() / November / Sunday[1]} + 9h;
    return at >= begin && at < end ? -7h : -8h;
}

seconds pacific_offset(sys_seconds at)
{
    static const std::vector<Transition> known = [] {
        std::ifstream file("/usr/share/zoneinfo/America/Los_Angeles", std::ios::binary);
        return ZoneFile({std::istreambuf_iterator<char>(file), {}}).transitions();
    }();
    const auto next = std::ranges::upper_bound(known, at, {}, &Transition::at);
    // After the last entry the rule goes on: some systems store no more than what has happened.
    return next == known.begin() || next == known.end() ? offset_by_rule(at) : std::prev(next)->offset;
}

} // namespace

Instant next_pacific_midnight(Instant now)
{
    const sys_seconds at = floor<seconds>(now);
    const auto local_midnight = floor<days>(at + pacific_offset(at)) + days(1);
    const sys_seconds about = sys_seconds{local_midnight} - pacific_offset(at);
    // The clocks may have changed at two, between now and then.
    return sys_seconds{local_midnight} - pacific_offset(about);
}

} // namespace vitrina
