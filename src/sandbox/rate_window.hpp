#pragma once
#include "sandbox/refusal.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <string>

namespace vitrina::sandbox {

// So many calls per account and fixed window; 429 with the window's end past that.
class RateWindow {
public:
    RateWindow(std::int64_t most, std::chrono::seconds length) : most_(most), length_(length) {}

    void count(const std::string& account, Instant now)
    {
        const Instant begin{now.time_since_epoch() / length_ * std::chrono::microseconds(length_)};
        Window& window = windows_[account];
        if (window.begin != begin)
            window = {begin, 0};
        if (++window.calls > most_)
            throw Refusal{429, "rateLimited", "Too many requests", "", begin + length_};
    }

private:
    struct Window {
        Instant begin{};
        std::int64_t calls = 0;
    };
    std::int64_t most_;
    std::chrono::seconds length_;
    std::map<std::string, Window> windows_;
};

} // namespace vitrina::sandbox
