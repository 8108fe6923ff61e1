#include "core/log.hpp"

#include "core/clock.hpp"

#include <atomic>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <utf8proc.h>

namespace vitrina {
namespace {

std::atomic<LogFormat> chosen_format{LogFormat::text};

spdlog::level::level_enum spdlog_level(LogLevel level)
{
    switch (level) {
    case LogLevel::debug: return spdlog::level::debug;
    case LogLevel::info: return spdlog::level::info;
    case LogLevel::warn: return spdlog::level::warn;
    case LogLevel::error: return spdlog::level::err;
    }
    return spdlog::level::err;
}

std::string_view level_name(LogLevel level)
{
    switch (level) {
    case LogLevel::debug: return "debug";
    case LogLevel::info: return "info";
    case LogLevel::warn: return "warn";
    case LogLevel::error: return "error";
    }
    return "error";
}

// Control characters are escaped in both formats, and what is no UTF-8 is replaced: nothing a client sends can forge a
// line, or make one that a reader of JSON refuses.
void append_escaped(std::string& out, std::string_view text)
{
    static constexpr char hex[] = "0123456789abcdef";
    while (!text.empty()) {
        const auto byte = static_cast<unsigned char>(text.front());
        utf8proc_int32_t point = 0;
        const utf8proc_ssize_t length = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                                         utf8proc_ssize_t(text.size()), &point);
        if (length < 1) {
            out += "\xef\xbf\xbd"; // U+FFFD
            text.remove_prefix(1);
            continue;
        }
        if (byte == '"' || byte == '\\') {
            out += '\\';
            out += char(byte);
        } else if (point < 0x20 || (point >= 0x7f && point < 0xa0)) {
            out += "\\u00";
            out += hex[point >> 4];
            out += hex[point & 15];
        } else {
            out.append(text.substr(0, std::size_t(length)));
        }
        text.remove_prefix(std::size_t(length));
    }
}

std::string json_line(LogLevel level, std::string_view message, std::initializer_list<LogField> fields)
{
    std::string line = "{\"time\":\"" + rfc3339(SystemClock{}.now()) + "\",\"level\":\"";
    line += level_name(level);
    line += "\",\"message\":\"";
    append_escaped(line, message);
    line += '"';
    for (const LogField& field : fields) {
        line += ",\"";
        append_escaped(line, field.name);
        line += field.quoted ? "\":\"" : "\":";
        append_escaped(line, field.value);
        if (field.quoted)
            line += '"';
    }
    return line += '}';
}

std::string text_line(std::string_view message, std::initializer_list<LogField> fields)
{
    std::string line;
    append_escaped(line, message);
    for (const LogField& field : fields) {
        line += "  ";
        append_escaped(line, field.name);
        line += '=';
        const bool quoted = field.value.find_first_of(" =\"") != std::string::npos; // else it could pass for fields
        line += quoted ? "\"" : "";
        append_escaped(line, field.value);
        line += quoted ? "\"" : "";
    }
    return line;
}

} // namespace

void set_up_log(LogLevel least, LogFormat format)
{
    chosen_format = format;
    auto logger = std::make_shared<spdlog::logger>("vitrina", std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
    logger->set_pattern(format == LogFormat::json ? "%v" : "%H:%M:%S %^%-5l%$ %v");
    logger->set_level(spdlog_level(least));
    spdlog::set_default_logger(std::move(logger));
}

void log(LogLevel level, std::string_view message, std::initializer_list<LogField> fields)
{
    spdlog::logger* logger = spdlog::default_logger_raw();
    if (!logger->should_log(spdlog_level(level)))
        return;
    const std::string line =
        chosen_format == LogFormat::json ? json_line(level, message, fields) : text_line(message, fields);
    logger->log(spdlog_level(level), spdlog::string_view_t(line.data(), line.size()));
}

} // namespace vitrina
