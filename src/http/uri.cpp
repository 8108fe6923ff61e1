#include "http/uri.hpp"

#include "http/grammar.hpp"

namespace vitrina {

std::optional<std::string> percent_decode(std::string_view text)
{
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        if (i + 2 >= text.size())
            return std::nullopt;
        const int high = grammar::hex_value(text[i + 1]), low = grammar::hex_value(text[i + 2]);
        if (high < 0 || low < 0)
            return std::nullopt;
        out += char(high * 16 + low);
        i += 2;
    }
    return out;
}

std::string percent_encode(std::string_view text)
{
    static constexpr char hex[] = "0123456789ABCDEF";
    std::string out;
    for (char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (grammar::is_unreserved(c))
            out += c;
        else
            (out += '%') += {hex[byte >> 4], hex[byte & 15]};
    }
    return out;
}

namespace {

// Nothing where a decoded byte would mean something else to whoever looks at the path next (a slash, a NUL).
std::optional<std::string> decode_path(std::string_view raw)
{
    std::string out;
    out.reserve(raw.size());
    for (std::size_t i = 0; i < raw.size(); ++i) {
        char c = raw[i];
        if (c == '%') {
            if (i + 2 >= raw.size())
                return std::nullopt;
            const int high = grammar::hex_value(raw[i + 1]), low = grammar::hex_value(raw[i + 2]);
            if (high < 0 || low < 0)
                return std::nullopt;
            c = char(high * 16 + low);
            i += 2;
            if (c == '/')
                return std::nullopt;
        }
        if (c == '\\' || static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
            return std::nullopt;
        out += c;
    }
    return out;
}

bool needs_normalising(std::string_view path)
{
    return path.find("//") != std::string_view::npos || path.find("/.") != std::string_view::npos;
}

// Without empty, "." and ".." segments. Nothing when it climbs above the root.
std::optional<std::string> normalise(std::string_view path)
{
    std::string out;
    bool directory = true; // the path ends in '/', "/." or "/.."
    while (!path.empty()) {
        path.remove_prefix(1); // the '/'
        const auto end = path.find('/');
        const auto segment = path.substr(0, end);
        path = end == std::string_view::npos ? std::string_view{} : path.substr(end);
        directory = segment.empty() || segment == "." || segment == "..";
        if (segment == "..") {
            if (out.empty())
                return std::nullopt;
            out.erase(out.rfind('/'));
        } else if (!directory) {
            (out += '/') += segment;
        }
    }
    if (directory)
        out += '/';
    return out;
}

// What may stand in a target as it comes: no blanks, no control characters, no fragment.
bool is_target_text(std::string_view target)
{
    for (char c : target)
        if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7f || c == '#')
            return false;
    return !target.empty();
}

} // namespace

std::optional<Target> parse_target(std::string_view target)
{
    if (!is_target_text(target))
        return std::nullopt;
    Target parsed;
    if (target == "*") {
        parsed.path = "*";
        return parsed;
    }
    if (target.front() != '/') {
        const auto colon = target.find("://");
        if (colon == std::string_view::npos)
            return std::nullopt;
        const auto scheme = target.substr(0, colon);
        if (!grammar::same(scheme, "http") && !grammar::same(scheme, "https"))
            return std::nullopt;
        target.remove_prefix(colon + 3);
        const auto end = target.find_first_of("/?");
        parsed.authority = target.substr(0, end);
        if (!is_host(parsed.authority))
            return std::nullopt;
        target = end == std::string_view::npos ? std::string_view{} : target.substr(end);
    }
    const auto question = target.find('?');
    if (question != std::string_view::npos)
        parsed.query = target.substr(question + 1);
    const auto raw = target.substr(0, question);
    auto path = raw.empty() ? std::optional<std::string>("/") : decode_path(raw);
    if (path && needs_normalising(*path))
        path = normalise(*path);
    if (!path)
        return std::nullopt;
    parsed.path = std::move(*path);
    return parsed;
}

bool is_host(std::string_view text)
{
    if (text.empty() || text.size() > 260)
        return false;
    std::string_view rest;
    if (text.front() == '[') {
        const auto close = text.find(']');
        if (close == std::string_view::npos || close < 3)
            return false;
        for (char c : text.substr(1, close - 1))
            if (grammar::hex_value(c) < 0 && c != ':' && c != '.')
                return false;
        rest = text.substr(close + 1);
    } else {
        const auto colon = text.find(':');
        const auto name = text.substr(0, colon);
        for (char c : name)
            if (!grammar::is_unreserved(c))
                return false;
        if (name.empty())
            return false;
        rest = colon == std::string_view::npos ? std::string_view{} : text.substr(colon);
    }
    if (rest.empty())
        return true;
    const auto port = grammar::number(rest.substr(1));
    return rest.front() == ':' && port && *port <= 65535;
}

} // namespace vitrina
