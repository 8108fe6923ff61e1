#include "aws/xml_walk.hpp"

#include "http/grammar.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace vitrina {
namespace {

constexpr std::size_t deepest = 8;
constexpr std::size_t longest_text = 16u << 10; // of one element

bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool is_name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || grammar::is_digit(c) || c == '_' || c == '-' ||
           c == '.' || c == ':';
}

void append_utf8(std::string& out, std::uint32_t c)
{
    if (c < 0x80) {
        out += char(c);
    } else if (c < 0x800) {
        out += char(0xc0 | (c >> 6));
        out += char(0x80 | (c & 0x3f));
    } else if (c < 0x10000) {
        out += char(0xe0 | (c >> 12));
        out += char(0x80 | ((c >> 6) & 0x3f));
        out += char(0x80 | (c & 0x3f));
    } else {
        out += char(0xf0 | (c >> 18));
        out += char(0x80 | ((c >> 12) & 0x3f));
        out += char(0x80 | ((c >> 6) & 0x3f));
        out += char(0x80 | (c & 0x3f));
    }
}

class Walk {
public:
    Walk(std::string_view xml, const XmlElementEnd& element_end) : left_(xml), element_end_(element_end) {}

    bool run()
    {
        skip_space(); // a store keeps the line alive with spaces while it completes an upload
        if (left_.starts_with("<?xml ")) {
            const auto end = left_.find("?>");
            if (end == left_.npos)
                return false;
            left_.remove_prefix(end + 2);
            skip_space();
        }
        if (!take('<') || !start_tag())
            return false;
        while (!path_.empty())
            if (!(left_.starts_with('<') ? tag() : text()))
                return false;
        skip_space();
        return left_.empty();
    }

private:
    bool tag()
    {
        left_.remove_prefix(1);
        return take('/') ? end_tag() : start_tag();
    }

    bool start_tag()
    {
        const auto name = take_name();
        if (name.empty() || path_.size() == deepest)
            return false;
        path_.push_back(name);
        texts_.emplace_back();
        while (true) {
            const bool spaced = skip_space();
            if (take('>'))
                return true;
            if (left_.starts_with("/>")) {
                left_.remove_prefix(2);
                return element_ends();
            }
            if (!spaced || !attribute())
                return false;
        }
    }

    bool attribute()
    {
        if (take_name().empty())
            return false;
        skip_space();
        if (!take('='))
            return false;
        skip_space();
        if (left_.empty() || (left_.front() != '"' && left_.front() != '\''))
            return false;
        const auto end = left_.find(left_.front(), 1);
        if (end == left_.npos || left_.substr(0, end).find('<') != left_.npos)
            return false;
        left_.remove_prefix(end + 1);
        return true;
    }

    bool end_tag()
    {
        if (take_name() != path_.back())
            return false;
        skip_space();
        return take('>') && element_ends();
    }

    bool element_ends()
    {
        std::vector<std::string_view> plain;
        plain.reserve(path_.size());
        for (const std::string_view name : path_)
            plain.push_back(name.substr(name.rfind(':') + 1));
        if (!element_end_(plain, texts_.back()))
            return false;
        path_.pop_back();
        texts_.pop_back();
        return true;
    }

    bool text()
    {
        if (left_.empty())
            return false;
        std::string& out = texts_.back();
        if (left_.front() == '&')
            return entity(out);
        const std::string_view run = left_.substr(0, left_.find_first_of("<&"));
        for (const char c : run)
            if (static_cast<unsigned char>(c) < 0x20 && !is_space(c))
                return false;
        if (out.size() + run.size() > longest_text)
            return false;
        out += run;
        left_.remove_prefix(run.size());
        return true;
    }

    bool entity(std::string& out)
    {
        const auto end = left_.substr(0, 12).find(';');
        if (end == left_.npos || out.size() >= longest_text)
            return false;
        const std::string_view name = left_.substr(1, end - 1);
        left_.remove_prefix(end + 1);
        for (const auto& [known, c] :
             {std::pair<std::string_view, char>{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}})
            if (name == known) {
                out += c;
                return true;
            }
        if (!name.starts_with('#'))
            return false;
        const auto c = character(name.substr(1));
        if (!c)
            return false;
        append_utf8(out, *c);
        return true;
    }

    static std::optional<std::uint32_t> character(std::string_view digits)
    {
        const bool hexadecimal = digits.starts_with('x');
        if (hexadecimal)
            digits.remove_prefix(1);
        if (digits.empty() || digits.size() > 7)
            return std::nullopt;
        std::uint32_t value = 0;
        for (const char c : digits) {
            const int digit = grammar::hex_value(c);
            if (digit < 0 || (!hexadecimal && digit > 9))
                return std::nullopt;
            value = value * (hexadecimal ? 16 : 10) + std::uint32_t(digit);
        }
        const bool allowed = (value >= 0x20 || value == '\t' || value == '\n' || value == '\r') && value <= 0x10ffff &&
                             (value < 0xd800 || value > 0xdfff);
        return allowed ? std::optional(value) : std::nullopt;
    }

    std::string_view take_name()
    {
        std::size_t size = 0;
        while (size < left_.size() && size < 64 && is_name_char(left_[size]))
            ++size;
        const std::string_view name = left_.substr(0, size);
        left_.remove_prefix(size);
        return name;
    }

    bool take(char c)
    {
        if (!left_.starts_with(c))
            return false;
        left_.remove_prefix(1);
        return true;
    }

    bool skip_space()
    {
        const std::size_t before = left_.size();
        while (!left_.empty() && is_space(left_.front()))
            left_.remove_prefix(1);
        return left_.size() != before;
    }

    std::string_view left_;
    const XmlElementEnd& element_end_;
    std::vector<std::string_view> path_; // of the elements that are open
    std::vector<std::string> texts_;     // theirs
};

} // namespace

bool walk_xml(std::string_view xml, const XmlElementEnd& element_end)
{
    return Walk(xml, element_end).run();
}

} // namespace vitrina
