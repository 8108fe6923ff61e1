#include "http/request_head.hpp"

#include "http/grammar.hpp"
#include "http/uri.hpp"

#include <cstring>

namespace vitrina {
namespace {

using Refused = std::optional<HeadRefusal>;

Refused check_version(std::string_view version, RequestHead& head)
{
    if (version == "HTTP/1.1")
        head.minor_version = 1;
    else if (version == "HTTP/1.0")
        head.minor_version = 0;
    else if (version.size() == 8 && version.starts_with("HTTP/") && grammar::is_digit(version[5]) &&
             version[6] == '.' && grammar::is_digit(version[7]))
        return HeadRefusal{505, "This server speaks HTTP/1.1."};
    else
        return HeadRefusal{400, "The request line does not end in an HTTP version."};
    return std::nullopt;
}

Refused read_request_line(std::string_view line, RequestHead& head, const Limits& limits)
{
    const auto first = line.find(' ');
    const auto last = line.rfind(' ');
    if (first == std::string_view::npos || first == last)
        return HeadRefusal{400, "The request line is not \"METHOD target HTTP/1.1\"."};
    head.method = line.substr(0, first);
    head.target = line.substr(first + 1, last - first - 1);
    if (!grammar::is_token(head.method) || head.target.empty() || head.target.find(' ') != std::string_view::npos)
        return HeadRefusal{400, "The request line is not \"METHOD target HTTP/1.1\"."};
    if (head.target.size() > limits.target_bytes)
        return HeadRefusal{414, "The address of the request is too long."};
    return check_version(line.substr(last + 1), head);
}

Refused read_field(std::string_view line, FieldView& field)
{
    if (grammar::is_blank(line.front()))
        return HeadRefusal{400, "A header field continues on a second line; folding is obsolete."};
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || !grammar::is_token(line.substr(0, colon)))
        return HeadRefusal{400, "A header field has no valid name."};
    for (char c : line.substr(colon + 1))
        if (!grammar::is_value_char(c))
            return HeadRefusal{400, "A header field holds a control character."};
    field = {line.substr(0, colon), grammar::trim(line.substr(colon + 1))};
    return std::nullopt;
}

void read_connection(std::string_view value, RequestHead& head)
{
    std::string_view element;
    while (grammar::next_element(value, element)) {
        if (grammar::same(element, "close"))
            head.keep_alive = false;
        else if (grammar::same(element, "keep-alive") && head.minor_version == 0)
            head.keep_alive = true;
    }
}

// What the fields say of the message's frame: nothing ambiguous is let through, not even what could be repaired.
class Framing {
public:
    explicit Framing(RequestHead& head) : head_(head) { head_.keep_alive = head.minor_version == 1; }

    Refused take(const FieldView& field)
    {
        switch (field.name.size()) { // most fields are none of these, and their length tells
        case 4: return grammar::same(field.name, "host") ? host(field.value) : std::nullopt;
        case 6: return grammar::same(field.name, "expect") ? expect(field.value) : std::nullopt;
        case 10:
            if (grammar::same(field.name, "connection"))
                read_connection(field.value, head_);
            return std::nullopt;
        case 14: return grammar::same(field.name, "content-length") ? content_length(field.value) : std::nullopt;
        case 17: return grammar::same(field.name, "transfer-encoding") ? transfer_encoding(field.value) : std::nullopt;
        default: return std::nullopt;
        }
    }

    Refused finish()
    {
        if (head_.chunked && head_.content_length)
            return HeadRefusal{400, "Content-Length and Transfer-Encoding contradict each other."};
        if (head_.minor_version == 1 && !host_seen_)
            return HeadRefusal{400, "The Host header is missing."};
        return std::nullopt;
    }

private:
    Refused host(std::string_view value)
    {
        if (host_seen_ || !is_host(value))
            return HeadRefusal{400, "There must be one valid Host header."};
        host_seen_ = true;
        head_.host = value;
        return std::nullopt;
    }
    Refused expect(std::string_view value)
    {
        if (!grammar::same(value, "100-continue"))
            return HeadRefusal{417, "The only expectation met here is 100-continue."};
        head_.expects_continue = head_.minor_version == 1;
        return std::nullopt;
    }
    Refused content_length(std::string_view value)
    {
        const auto length = grammar::number(value);
        // 2^63 and more could wrap around in what reads it next.
        if (head_.content_length || !length || *length > INT64_MAX)
            return HeadRefusal{400, "There must be at most one Content-Length, a plain number."};
        head_.content_length = length;
        return std::nullopt;
    }
    Refused transfer_encoding(std::string_view value)
    {
        if (head_.chunked || head_.minor_version == 0)
            return HeadRefusal{400, "Transfer-Encoding may be sent once, with HTTP/1.1."};
        if (!grammar::same(value, "chunked"))
            return HeadRefusal{501, "The only transfer coding known here is chunked."};
        head_.chunked = true;
        return std::nullopt;
    }

    RequestHead& head_;
    bool host_seen_ = false;
};

// "http://a/x" with "Host: b": two readers would see two hosts.
bool names_another_host(const RequestHead& head)
{
    if (head.target.front() == '/' || head.host.empty())
        return false;
    const auto slashes = head.target.find("://");
    if (slashes == std::string_view::npos)
        return false;
    const auto rest = head.target.substr(slashes + 3);
    return !grammar::same(rest.substr(0, rest.find_first_of("/?")), head.host);
}

} // namespace

std::variant<HeadUnfinished, HeadEnd, HeadRefusal> find_head_end(std::string_view bytes, std::size_t& looked_at,
                                                                 const Limits& limits)
{
    if (!bytes.empty() && !grammar::is_token_char(bytes.front()))
        return HeadRefusal{400, "This is not an HTTP request."};
    const auto seen = bytes.substr(0, limits.header_bytes);
    while (const auto* found =
               static_cast<const char*>(std::memchr(seen.data() + looked_at, '\n', seen.size() - looked_at))) {
        const auto at = std::size_t(found - seen.data());
        if (at == 0 || seen[at - 1] != '\r')
            return HeadRefusal{400, "A line must end in CR LF."};
        const auto line = seen.substr(0, at - 1);
        const bool first_line = line.find('\n') == std::string_view::npos;
        // HTTP/0.9 has no version and sends nothing more.
        if (first_line && (line.size() < 8 || line.substr(line.size() - 8, 5) != "HTTP/"))
            return HeadRefusal{400, "The request line does not end in an HTTP version."};
        looked_at = at + 1;
        if (at >= 3 && seen[at - 2] == '\n')
            return HeadEnd{at + 1};
    }
    looked_at = seen.size();
    if (seen.size() < limits.header_bytes)
        return HeadUnfinished{};
    if (seen.find('\n') == std::string_view::npos)
        return HeadRefusal{414, "The address of the request is too long."};
    return HeadRefusal{431, "The header fields are too large."};
}

std::optional<HeadRefusal> parse_head(std::string_view bytes, RequestHead& head, const Limits& limits)
{
    std::vector<FieldView> fields = std::move(head.fields); // keeps its memory from request to request
    fields.clear();
    head = RequestHead{};
    head.fields = std::move(fields);

    auto end = bytes.find("\r\n");
    if (end == std::string_view::npos)
        return HeadRefusal{400, "The request line is not \"METHOD target HTTP/1.1\"."};
    if (auto refused = read_request_line(bytes.substr(0, end), head, limits))
        return refused;

    Framing framing(head);
    for (auto begin = end + 2;; begin = end + 2) {
        end = bytes.find("\r\n", begin);
        if (end == std::string_view::npos)
            return HeadRefusal{400, "The header fields do not end in an empty line."};
        if (end == begin)
            break;
        if (head.fields.size() == limits.header_count)
            return HeadRefusal{431, "There are too many header fields."};
        FieldView field;
        if (auto refused = read_field(bytes.substr(begin, end - begin), field))
            return refused;
        if (auto refused = framing.take(field))
            return refused;
        head.fields.push_back(field);
    }
    if (auto refused = framing.finish())
        return refused;
    if (names_another_host(head))
        return HeadRefusal{400, "The address and the Host header name different hosts."};
    return std::nullopt;
}

} // namespace vitrina
