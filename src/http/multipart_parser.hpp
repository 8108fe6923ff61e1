#pragma once
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace vitrina {

// What a multipart/form-data body says next. Views are valid until the next call of feed() or next().
struct PartBegin {
    std::string name;
    std::optional<std::string> filename; // as sent, RFC 5987's filename* preferred; never trust it as a path
    std::string content_type;            // "" when the part does not say
};
struct PartData {
    std::span<const std::byte> bytes;
};
struct PartEnd {};
struct FormEnd {}; // the closing boundary; what follows is ignored
struct FormBroken {
    std::string reason; // one sentence; the parser stays here
};
struct NeedBytes {}; // all that was fed is used up

using FormEvent = std::variant<NeedBytes, PartBegin, PartData, PartEnd, FormEnd, FormBroken>;

struct MultipartLimits {
    std::size_t part_header_bytes = 8 * 1024;
    std::size_t parts = 128;
    std::size_t preamble_bytes = 8 * 1024;
};

// Reads multipart/form-data as it arrives, in constant memory: part data is handed out as views into what was fed.
//
//     parser.feed(bytes);
//     for (FormEvent event = parser.next(); !std::holds_alternative<NeedBytes>(event); event = parser.next())
//         …
//     (at the end of the body)  parser.complete() must hold, else the body was cut short.
class MultipartParser {
public:
    explicit MultipartParser(std::string_view boundary, MultipartLimits limits = {});

    // The bytes must stay valid until next() answers NeedBytes, FormEnd or FormBroken.
    void feed(std::span<const std::byte> bytes);
    FormEvent next();
    // The closing boundary was seen.
    bool complete() const { return state_ == State::end; }

private:
    enum class State { preamble, data, delimiter_line, headers, end, broken };

    std::optional<FormEvent> in_body();
    std::optional<FormEvent> in_delimiter_line();
    std::optional<FormEvent> in_headers();
    std::optional<FormEvent> leave_part();
    std::optional<FormEvent> body_bytes(std::string_view bytes);
    FormEvent broken(std::string reason);

    std::string delimiter_; // "\r\n--boundary"
    MultipartLimits limits_;
    State state_ = State::preamble;
    std::string_view input_;
    std::size_t matched_ = 2; // how much of the delimiter the input before this began with; at first its CR LF
    std::string line_;        // the delimiter's rest, or a part's headers, so far
    std::size_t parts_ = 0;
    std::size_t preamble_ = 0;
    std::string reason_;
};

// The boundary of a Content-Type "multipart/form-data; boundary=…"; nothing when it is another type or has no
// lawful boundary.
std::optional<std::string> multipart_boundary(std::string_view content_type);

} // namespace vitrina
