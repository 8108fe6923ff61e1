#include "media/jpeg_size.hpp"

#include <cstdint>

namespace vitrina {

namespace {

// ITU T.81, table B.1.
constexpr std::uint8_t start_of_image = 0xd8, end_of_image = 0xd9, start_of_scan = 0xda;

std::uint8_t byte_at(std::string_view text, std::size_t at)
{
    return static_cast<std::uint8_t>(text[at]);
}

int word_at(std::string_view text, std::size_t at)
{
    return byte_at(text, at) << 8 | byte_at(text, at + 1);
}

// SOF0…SOF15; C4, C8 and CC in that range are tables.
bool is_frame_header(std::uint8_t marker)
{
    return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
}

// The markers that begin a segment with a length: tables, frame headers, scans, application data, comments.
bool has_length(std::uint8_t marker)
{
    return marker >= 0xc0 && marker <= 0xfe && !(marker >= 0xd0 && marker <= end_of_image);
}

} // namespace

std::optional<JpegSize> jpeg_size(std::string_view jpeg)
{
    const std::size_t size = jpeg.size();
    if (size < 4 || byte_at(jpeg, 0) != 0xff || byte_at(jpeg, 1) != start_of_image)
        return std::nullopt;
    if (byte_at(jpeg, size - 2) != 0xff || byte_at(jpeg, size - 1) != end_of_image)
        return std::nullopt;

    std::optional<JpegSize> found;
    std::size_t at = 2;
    while (at + 4 <= size) {
        std::uint8_t marker = byte_at(jpeg, at + 1);
        if (byte_at(jpeg, at) != 0xff || !has_length(marker))
            return std::nullopt;
        if (marker == start_of_scan)
            return found;

        auto length = static_cast<std::size_t>(word_at(jpeg, at + 2)); // counts itself, not the marker
        if (length < 2 || length > size - at - 2)
            return std::nullopt;
        if (is_frame_header(marker)) {
            if (found || length < 8)
                return std::nullopt;
            found = JpegSize{.width = word_at(jpeg, at + 7), .height = word_at(jpeg, at + 5)};
        }
        at += 2 + length;
    }
    return std::nullopt;
}

} // namespace vitrina
