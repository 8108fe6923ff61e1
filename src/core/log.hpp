#pragma once
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace vitrina {

enum class LogLevel { debug, info, warn, error };

// A named value of a log line. Never a secret: Secret has no conversion to text.
struct LogField {
    std::string_view name;
    std::string value;
    bool quoted = true; // numbers are not

    LogField(std::string_view n, std::string_view text) : name(n), value(text) {}
    LogField(std::string_view n, const char* text) : name(n), value(text) {}
    LogField(std::string_view n, const std::string& text) : name(n), value(text) {}
    template <std::integral Number>
    LogField(std::string_view n, Number number) : name(n), value(std::to_string(number)), quoted(false)
    {
    }
    template <std::floating_point Number>
    LogField(std::string_view n, Number number) : name(n), value(std::to_string(number)), quoted(false)
    {
    }
};

enum class LogFormat { text, json };

// Once, at the start of the program. Lines go to standard error.
void set_up_log(LogLevel least, LogFormat format);

// One line: readable, or a JSON object {"time","level","message",…fields}. Any thread. Logged once, at the border.
void log(LogLevel level, std::string_view message, std::initializer_list<LogField> fields = {});

} // namespace vitrina
