#include "http/multipart_parser.hpp"

#include "http/content_disposition.hpp"
#include "http/grammar.hpp"
#include "http/media_type.hpp"

#include <algorithm>
#include <cstring>

namespace vitrina {
namespace {

// The blanks RFC 2046 allows after a boundary; nobody sends more than none.
constexpr std::size_t most_padding = 64;

std::size_t find(std::string_view text, std::string_view wanted)
{
    const void* at = ::memmem(text.data(), text.size(), wanted.data(), wanted.size());
    return at ? std::size_t(static_cast<const char*>(at) - text.data()) : std::string_view::npos;
}

std::size_t common_prefix(std::string_view a, std::string_view b)
{
    const auto length = std::min(a.size(), b.size());
    return std::size_t(std::mismatch(a.begin(), a.begin() + std::ptrdiff_t(length), b.begin()).first - a.begin());
}

// How many bytes at the end of `text` could be the delimiter's beginning. It holds one CR only, its first byte.
std::size_t begun(std::string_view text, std::string_view delimiter)
{
    const auto tail = text.substr(text.size() - std::min(text.size(), delimiter.size() - 1));
    const auto cr = tail.rfind('\r');
    if (cr == std::string_view::npos || !delimiter.starts_with(tail.substr(cr)))
        return 0;
    return tail.size() - cr;
}

std::optional<PartBegin> parse_part_headers(std::string_view block, std::string& reason)
{
    PartBegin part;
    bool named = false;
    while (!block.empty()) {
        const auto end = block.find("\r\n");
        const auto line = block.substr(0, end);
        block.remove_prefix(end + 2);
        const auto colon = line.find(':');
        const bool sane = std::ranges::all_of(line, grammar::is_value_char);
        if (!sane || colon == std::string_view::npos || !grammar::is_token(line.substr(0, colon))) {
            reason = "A part of the form has a malformed header.";
            return std::nullopt;
        }
        const auto name = line.substr(0, colon), value = grammar::trim(line.substr(colon + 1));
        if (grammar::same(name, "content-type"))
            part.content_type = value;
        if (!grammar::same(name, "content-disposition"))
            continue;
        auto disposition = FormDisposition::parse(value);
        if (!disposition || named) {
            reason = "A part of the form has a malformed Content-Disposition.";
            return std::nullopt;
        }
        part.name = std::move(disposition->name);
        part.filename = std::move(disposition->filename);
        named = true;
    }
    if (!named) {
        reason = "A part of the form does not say its name.";
        return std::nullopt;
    }
    return part;
}

} // namespace

MultipartParser::MultipartParser(std::string_view boundary, MultipartLimits limits)
    : delimiter_("\r\n--" + std::string(boundary)), limits_(limits)
{
}

void MultipartParser::feed(std::span<const std::byte> bytes)
{
    input_ = {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

FormEvent MultipartParser::next()
{
    while (true) {
        std::optional<FormEvent> event;
        switch (state_) {
        case State::preamble:
        case State::data: event = in_body(); break;
        case State::delimiter_line: event = in_delimiter_line(); break;
        case State::headers: event = in_headers(); break;
        case State::end: return NeedBytes{};
        case State::broken: return FormBroken{reason_};
        }
        if (event)
            return std::move(*event);
    }
}

FormEvent MultipartParser::broken(std::string reason)
{
    state_ = State::broken;
    reason_ = std::move(reason);
    return FormBroken{reason_};
}

// Bytes between delimiters: a part's data, or what comes before the first one.
std::optional<FormEvent> MultipartParser::body_bytes(std::string_view bytes)
{
    if (bytes.empty())
        return std::nullopt;
    if (state_ == State::data)
        return PartData{std::as_bytes(std::span(bytes))};
    preamble_ += bytes.size();
    if (preamble_ > limits_.preamble_bytes)
        return broken("The form does not begin with its boundary.");
    return std::nullopt;
}

std::optional<FormEvent> MultipartParser::leave_part()
{
    const bool in_part = state_ == State::data;
    state_ = State::delimiter_line;
    matched_ = 0;
    line_.clear();
    return in_part ? std::optional<FormEvent>(PartEnd{}) : std::nullopt;
}

std::optional<FormEvent> MultipartParser::in_body()
{
    if (input_.empty())
        return NeedBytes{};
    if (matched_ > 0) { // the last input ended in the beginning of a delimiter: does it go on?
        const auto more = common_prefix(input_, std::string_view(delimiter_).substr(matched_));
        if (matched_ + more == delimiter_.size()) {
            input_.remove_prefix(more);
            return leave_part();
        }
        if (more == input_.size()) {
            matched_ += more;
            input_ = {};
            return NeedBytes{};
        }
        // It was data after all. What matched is still there to read, in the delimiter itself.
        const auto data = std::string_view(delimiter_).substr(0, matched_);
        matched_ = 0;
        return body_bytes(data);
    }
    const auto at = find(input_, delimiter_);
    if (at == 0) {
        input_.remove_prefix(delimiter_.size());
        return leave_part();
    }
    if (at != std::string_view::npos) {
        const auto data = input_.substr(0, at);
        input_.remove_prefix(at);
        return body_bytes(data);
    }
    matched_ = begun(input_, delimiter_);
    const auto data = input_.substr(0, input_.size() - matched_);
    input_ = {};
    return body_bytes(data);
}

// After a delimiter: "\r\n" begins a part, "--" ends the form.
std::optional<FormEvent> MultipartParser::in_delimiter_line()
{
    while (!input_.empty()) {
        line_ += input_.front();
        input_.remove_prefix(1);
        if (line_ == "--") {
            state_ = State::end;
            return FormEnd{};
        }
        if (line_.ends_with("\r\n")) {
            if (++parts_ > limits_.parts)
                return broken("The form has too many parts.");
            state_ = State::headers;
            line_.clear();
            return std::nullopt;
        }
        const bool lawful = line_ == "-" || grammar::is_blank(line_.back()) || line_.back() == '\r';
        if (!lawful || line_.size() > most_padding)
            return broken("A boundary of the form is followed by something else.");
    }
    return NeedBytes{};
}

std::optional<FormEvent> MultipartParser::in_headers()
{
    while (!input_.empty()) {
        const auto line_end = input_.find('\n');
        const auto taken = input_.substr(0, line_end == std::string_view::npos ? input_.size() : line_end + 1);
        if (line_.size() + taken.size() > limits_.part_header_bytes)
            return broken("The headers of a part of the form are too large.");
        line_ += taken;
        input_.remove_prefix(taken.size());
        if (line_.ends_with('\n') && !line_.ends_with("\r\n"))
            return broken("A part of the form has a malformed header.");
        if (line_ != "\r\n" && !line_.ends_with("\r\n\r\n"))
            continue;
        line_.resize(line_.size() - 2);
        std::string reason;
        auto part = parse_part_headers(line_, reason);
        if (!part)
            return broken(std::move(reason));
        state_ = State::data;
        return std::move(*part);
    }
    return NeedBytes{};
}

std::optional<std::string> multipart_boundary(std::string_view content_type)
{
    const auto type = MediaType::parse(content_type);
    if (!type || type->type != "multipart/form-data")
        return std::nullopt;
    const auto boundary = type->parameter("boundary");
    const auto lawful = [](char c) {
        return grammar::is_token_char(c) || std::string_view("'()+_,-./:=? ").find(c) != std::string_view::npos;
    };
    if (!boundary || boundary->empty() || boundary->size() > 200 || !std::ranges::all_of(*boundary, lawful))
        return std::nullopt;
    return std::string(*boundary);
}

} // namespace vitrina
