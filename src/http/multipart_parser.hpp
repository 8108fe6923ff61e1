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
    enum class State { preamble, delimiter_line, headers, data, flush_then_delimiter, end, broken };

    FormEvent next_in_body();
    FormEvent next_in_delimiter_line();
    FormEvent next_in_headers();
    FormEvent at_delimiter();
    FormEvent body_bytes(std::string_view bytes);
    FormEvent broken(std::string reason);

    std::string delimiter_; // "\r\n--boundary"
    MultipartLimits limits_;
    State state_ = State::preamble;
    std::string_view input_;
    std::string held_;     // the beginning of a delimiter that the last feed ended in
    std::string flushed_;  // held bytes that turned out to be data
    std::string line_;     // the delimiter's rest, or a part's headers, so far
    std::size_t parts_ = 0;
    std::size_t preamble_ = 0;
    bool in_part_ = false;
    std::string reason_;
};

// The boundary of a Content-Type "multipart/form-data; boundary=…"; nothing when it is another type or has no
// lawful boundary.
std::optional<std::string> multipart_boundary(std::string_view content_type);

} // namespace vitrina
