#include "core/clock.hpp"

#include <array>
#include <charconv>
#include <cstdio>

namespace vitrina {
namespace {

using namespace std::chrono;

constexpr std::array<const char*, 7> weekdays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<const char*, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                             "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

struct Civil {
    int year;
    unsigned month, day;
    int hour, minute, second, micros;
    unsigned weekday;
};

Civil civil(Instant instant)
{
    const auto day = floor<days>(instant);
    const year_month_day date{day};
    const hh_mm_ss<microseconds> time{instant - day};
    return {int(date.year()),
            unsigned(date.month()),
            unsigned(date.day()),
            int(time.hours().count()),
            int(time.minutes().count()),
            int(time.seconds().count()),
            int(time.subseconds().count()),
            weekday{day}.c_encoding()};
}

// Only what can be printed with four digits of year: a leap second or an offset may lead out of them.
std::optional<Instant> printable(Instant instant)
{
    constexpr Instant first = sys_days{year{0} / 1 / 1}, end = sys_days{year{10'000} / 1 / 1};
    return first <= instant && instant < end ? std::optional(instant) : std::nullopt;
}

std::optional<Instant> instant_of(int y, unsigned mo, unsigned d, int h, int mi, int s, int micros)
{
    const year_month_day date{year{y}, month{mo}, day{d}};
    if (!date.ok() || h < 0 || h > 23 || mi < 0 || mi > 59 || s < 0 || s > 60)
        return std::nullopt;
    return printable(sys_days{date} + hours{h} + minutes{mi} + seconds{s} + microseconds{micros});
}

// Reads exactly `width` digits.
std::optional<int> digits(std::string_view& text, std::size_t width)
{
    if (text.size() < width)
        return std::nullopt;
    int value = 0;
    for (char c : text.substr(0, width)) {
        if (c < '0' || c > '9')
            return std::nullopt;
        value = value * 10 + (c - '0');
    }
    text.remove_prefix(width);
    return value;
}

bool skip(std::string_view& text, std::string_view expected)
{
    if (!text.starts_with(expected))
        return false;
    text.remove_prefix(expected.size());
    return true;
}

// Up to six digits of a fraction, as microseconds; further digits are read and dropped.
std::optional<int> fraction(std::string_view& text)
{
    int value = 0, scale = 100'000;
    std::size_t read = 0;
    while (read < text.size() && text[read] >= '0' && text[read] <= '9') {
        value += (text[read] - '0') * scale;
        scale /= 10;
        ++read;
    }
    if (read == 0)
        return std::nullopt;
    text.remove_prefix(read);
    return value;
}

std::optional<unsigned> month_named(std::string_view& text)
{
    for (unsigned i = 0; i < months.size(); ++i)
        if (skip(text, months[i]))
            return i + 1;
    return std::nullopt;
}

// "12:30:05"
struct TimeOfDay {
    int h, m, s;
};
std::optional<TimeOfDay> time_of_day(std::string_view& text)
{
    auto h = digits(text, 2);
    if (!h || !skip(text, ":"))
        return std::nullopt;
    auto m = digits(text, 2);
    if (!m || !skip(text, ":"))
        return std::nullopt;
    auto s = digits(text, 2);
    if (!s)
        return std::nullopt;
    return TimeOfDay{*h, *m, *s};
}

// After the weekday's name: "06 Nov 1994 08:49:37 GMT" (sep ' ') or "06-Nov-94 08:49:37 GMT" (sep '-').
std::optional<Instant> day_month_year(std::string_view text, std::string_view sep, std::size_t year_digits)
{
    auto d = digits(text, 2);
    if (!d || !skip(text, sep))
        return std::nullopt;
    auto mo = month_named(text);
    if (!mo || !skip(text, sep))
        return std::nullopt;
    auto y = digits(text, year_digits);
    if (!y || !skip(text, " "))
        return std::nullopt;
    if (year_digits == 2)
        *y += *y < 70 ? 2000 : 1900;
    auto t = time_of_day(text);
    if (!t || text != " GMT")
        return std::nullopt;
    return instant_of(*y, *mo, unsigned(*d), t->h, t->m, t->s, 0);
}

// "Nov  6 08:49:37 1994"
std::optional<Instant> asctime(std::string_view text)
{
    auto mo = month_named(text);
    if (!mo || !skip(text, " "))
        return std::nullopt;
    auto d = skip(text, " ") ? digits(text, 1) : digits(text, 2);
    if (!d || !skip(text, " "))
        return std::nullopt;
    auto t = time_of_day(text);
    if (!t || !skip(text, " "))
        return std::nullopt;
    auto y = digits(text, 4);
    if (!y || !text.empty())
        return std::nullopt;
    return instant_of(*y, *mo, unsigned(*d), t->h, t->m, t->s, 0);
}

} // namespace

Instant SystemClock::now() const
{
    return floor<microseconds>(system_clock::now());
}

std::string iso_without_zone(Instant instant)
{
    const Civil c = civil(instant);
    std::string text = "0000-00-00T00:00:00.000000";
    if (c.year < 0 || c.year > 9999)
        return text; // no clock of ours says so, and there is no such form
    const auto put = [&text](std::size_t end, int number) {
        for (std::size_t at = end; number > 0; number /= 10)
            text[--at] = char('0' + number % 10);
    };
    put(4, c.year);
    put(7, int(c.month));
    put(10, int(c.day));
    put(13, c.hour);
    put(16, c.minute);
    put(19, c.second);
    put(26, c.micros);
    return text;
}

std::string rfc3339(Instant instant)
{
    std::string text = iso_without_zone(instant);
    text += 'Z';
    return text;
}

std::string http_date(Instant instant)
{
    const Civil c = civil(instant);
    char text[40];
    const int n = std::snprintf(text, sizeof text, "%s, %02u %s %04d %02d:%02d:%02d GMT", weekdays[c.weekday], c.day,
                                months[c.month - 1], c.year, c.hour, c.minute, c.second);
    return {text, std::size_t(n)};
}

std::optional<Instant> parse_http_date(std::string_view text)
{
    const auto comma = text.find(", ");
    if (comma == 3)
        return day_month_year(text.substr(5), " ", 4);
    if (comma != std::string_view::npos)
        return day_month_year(text.substr(comma + 2), "-", 2);
    return text.size() > 4 && text[3] == ' ' ? asctime(text.substr(4)) : std::nullopt;
}

std::optional<Instant> parse_iso_time(std::string_view text)
{
    auto y = digits(text, 4);
    if (!y || !skip(text, "-"))
        return std::nullopt;
    auto mo = digits(text, 2);
    if (!mo || !skip(text, "-"))
        return std::nullopt;
    auto d = digits(text, 2);
    if (!d)
        return std::nullopt;
    if (text.empty())
        return instant_of(*y, unsigned(*mo), unsigned(*d), 0, 0, 0, 0);
    if (!skip(text, "T") && !skip(text, "t") && !skip(text, " "))
        return std::nullopt;
    auto t = time_of_day(text);
    if (!t)
        return std::nullopt;
    int micros = 0;
    if (skip(text, ".")) {
        auto f = fraction(text);
        if (!f)
            return std::nullopt;
        micros = *f;
    }
    auto local = instant_of(*y, unsigned(*mo), unsigned(*d), t->h, t->m, t->s, micros);
    if (!local || text.empty() || text == "Z" || text == "z")
        return local;
    const bool east = text.front() == '+';
    if (!east && text.front() != '-')
        return std::nullopt;
    text.remove_prefix(1);
    auto oh = digits(text, 2);
    if (!oh || !skip(text, ":"))
        return std::nullopt;
    auto om = digits(text, 2);
    if (!om || !text.empty() || *oh > 23 || *om > 59)
        return std::nullopt;
    const auto offset = hours{*oh} + minutes{*om};
    return printable(east ? *local - offset : *local + offset);
}

} // namespace vitrina
