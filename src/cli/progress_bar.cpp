#include "cli/progress_bar.hpp"

#include "cli/console.hpp"

#include <array>
#include <cstdio>

namespace vitrina {

std::string readable_bytes(double bytes)
{
    static constexpr std::array units{"B", "KiB", "MiB", "GiB", "TiB"};
    std::size_t unit = 0;
    while (bytes >= 1024 && unit + 1 < units.size()) {
        bytes /= 1024;
        ++unit;
    }
    char text[32];
    std::snprintf(text, sizeof text, unit == 0 ? "%.0f %s" : "%.1f %s", bytes, units[unit]);
    return text;
}

std::string readable_time(std::int64_t seconds)
{
    char text[32];
    if (seconds >= 3600)
        std::snprintf(text, sizeof text, "%lld:%02lld:%02lld", static_cast<long long>(seconds / 3600),
                      static_cast<long long>(seconds / 60 % 60), static_cast<long long>(seconds % 60));
    else
        std::snprintf(text, sizeof text, "%lld:%02lld", static_cast<long long>(seconds / 60),
                      static_cast<long long>(seconds % 60));
    return text;
}

namespace {

int percent(std::uint64_t sent, std::uint64_t total)
{
    return total == 0 ? 100 : int(double(sent) / double(total) * 100);
}

// "8.1 MiB/s  0:02 left"
std::string speed(std::uint64_t sent, std::uint64_t total, double elapsed_seconds)
{
    const double rate = elapsed_seconds > 0 ? double(sent) / elapsed_seconds : 0;
    std::string text = readable_bytes(rate) + "/s";
    if (rate > 0 && sent < total)
        text += "  " + readable_time(std::int64_t(double(total - sent) / rate) + 1) + say(" left", " restante");
    return text;
}

// At most so many bytes, without half a letter at the end.
std::string beginning_of(const std::string& name, std::size_t bytes)
{
    if (name.size() <= bytes)
        return name;
    while (bytes > 0 && (static_cast<unsigned char>(name[bytes]) & 0xC0) == 0x80)
        --bytes;
    return name.substr(0, bytes) + "…";
}

} // namespace

std::string progress_line(const std::string& name, std::uint64_t sent, std::uint64_t total, double elapsed_seconds)
{
    return name + "  " + std::to_string(percent(sent, total)) + " %  " + readable_bytes(double(sent)) +
           say(" of ", " de ") + readable_bytes(double(total)) + "  " + speed(sent, total, elapsed_seconds);
}

std::string progress_bar_line(const std::string& name, std::uint64_t sent, std::uint64_t total, double elapsed_seconds)
{
    constexpr std::size_t width = 20;
    const int part = percent(sent, total);
    const std::size_t filled = width * std::size_t(part) / 100;
    return beginning_of(name, 18) + "  [" + std::string(filled, '#') + std::string(width - filled, '-') + "] " +
           std::to_string(part) + " %  " + speed(sent, total, elapsed_seconds);
}

ProgressBar::ProgressBar(std::string name, std::uint64_t total, bool terminal)
    : name_(std::move(name)), total_(total), terminal_(terminal)
{
    if (terminal_)
        draw(0, began_);
}

ProgressBar::~ProgressBar()
{
    if (line_open_)
        std::fputc('\n', stderr);
}

void ProgressBar::show(std::uint64_t sent)
{
    const auto now = Steady::now();
    if (terminal_) {
        draw(sent, now);
    } else if (now - last_line_ >= std::chrono::seconds(10)) {
        last_line_ = now;
        draw(sent, now);
    }
}

void ProgressBar::finish()
{
    draw(total_, Steady::now());
}

void ProgressBar::draw(std::uint64_t sent, Steady::time_point now)
{
    const double elapsed = std::chrono::duration<double>(now - began_).count();
    if (!terminal_)
        return complain(progress_line(name_, sent, total_, elapsed));
    std::fprintf(stderr, "\r\033[K%s", progress_bar_line(name_, sent, total_, elapsed).c_str());
    std::fflush(stderr);
    line_open_ = true;
}

} // namespace vitrina
