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
        std::snprintf(text, sizeof text, "%lld:%02lld", static_cast<long long>(seconds / 60), static_cast<long long>(seconds % 60));
    return text;
}

std::string progress_line(const std::string& name, std::uint64_t sent, std::uint64_t total, double elapsed_seconds)
{
    const double part = total == 0 ? 1.0 : double(sent) / double(total);
    const double rate = elapsed_seconds > 0 ? double(sent) / elapsed_seconds : 0;
    std::string line = name + "  " + std::to_string(int(part * 100)) + " %  " + readable_bytes(double(sent)) +
                       say(" of ", " de ") + readable_bytes(double(total)) + "  " + readable_bytes(rate) + "/s";
    if (rate > 0 && sent < total)
        line += "  " + readable_time(std::int64_t(double(total - sent) / rate) + 1) + say(" left", " restante");
    return line;
}

ProgressBar::ProgressBar(std::string name, std::uint64_t total, bool terminal)
    : name_(std::move(name)), total_(total), terminal_(terminal)
{
}

void ProgressBar::show(std::uint64_t sent)
{
    const auto now = Steady::now();
    const double elapsed = std::chrono::duration<double>(now - began_).count();
    if (terminal_) {
        std::fprintf(stderr, "\r\033[K%s", progress_line(name_, sent, total_, elapsed).c_str());
        std::fflush(stderr);
    } else if (now - last_line_ >= std::chrono::seconds(10)) {
        last_line_ = now;
        complain(progress_line(name_, sent, total_, elapsed));
    }
}

void ProgressBar::finish()
{
    if (terminal_)
        std::fputs("\r\033[K", stderr);
}

} // namespace vitrina
