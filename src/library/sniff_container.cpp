#include "library/sniff_container.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace vitrina {
namespace {

using namespace std::string_view_literals;

class Head {
public:
    explicit Head(std::span<const std::byte> bytes)
        : bytes_(reinterpret_cast<const char*>(bytes.data()), std::min(bytes.size(), sniffed_bytes))
    {
    }
    bool has(std::size_t offset, std::string_view magic) const
    {
        return bytes_.size() >= offset + magic.size() && bytes_.substr(offset, magic.size()) == magic;
    }
    bool mentions(std::string_view word, std::size_t within) const
    {
        return bytes_.substr(0, within).find(word) != std::string_view::npos;
    }
    unsigned byte(std::size_t offset) const
    {
        return offset < bytes_.size() ? static_cast<unsigned char>(bytes_[offset]) : 0u;
    }

private:
    std::string_view bytes_;
};

SniffedContainer iso_base_media(const Head& head)
{
    if (head.has(8, "qt  "))
        return {"mov", "video/quicktime"};
    if (head.has(8, "M4A ") || head.has(8, "M4B "))
        return {"m4a", "audio/mp4"};
    if (head.has(8, "3g2"))
        return {"3g2", "video/3gpp2"};
    if (head.has(8, "3gp") || head.has(8, "3gr") || head.has(8, "3gs"))
        return {"3gp", "video/3gpp"};
    return {"mp4", "video/mp4"};
}

// MPEG audio: eleven set bits, then version, layer and what no valid header has.
bool mpeg_layer_3(const Head& head)
{
    return head.byte(0) == 0xFF && (head.byte(1) & 0xE6) == 0xE2 && (head.byte(1) & 0x18) != 0x08 &&
           (head.byte(2) & 0xF0) != 0xF0 && (head.byte(2) & 0x0C) != 0x0C;
}

bool packets_of(const Head& head, std::size_t first, std::size_t size)
{
    return head.byte(first) == 0x47 && head.byte(first + size) == 0x47;
}

} // namespace

SniffedContainer sniff_container(std::span<const std::byte> first_bytes)
{
    const Head head(first_bytes);
    if (head.has(4, "ftyp"))
        return iso_base_media(head);
    for (std::string_view atom : {"moov", "mdat", "wide", "free", "skip", "pnot"}) // QuickTime before it had ftyp
        if (head.has(4, atom))
            return {"mov", "video/quicktime"};
    if (head.has(0, "\x1A\x45\xDF\xA3"))
        return head.mentions("webm", 64) ? SniffedContainer{"webm", "video/webm"}
                                         : SniffedContainer{"mkv", "video/x-matroska"};
    if (head.has(0, "RIFF") && head.has(8, "AVI "))
        return {"avi", "video/x-msvideo"};
    if (head.has(0, "RIFF") && head.has(8, "WAVE"))
        return {"wav", "audio/wav"};
    if (head.has(0, "OggS"))
        return head.has(28, "\x80theora") ? SniffedContainer{"ogv", "video/ogg"} : SniffedContainer{"ogg", "audio/ogg"};
    if (head.has(0, "FLV\x01"))
        return {"flv", "video/x-flv"};
    if (head.has(0, "fLaC"))
        return {"flac", "audio/flac"};
    if (head.has(0, "\x30\x26\xB2\x75\x8E\x66\xCF\x11"))
        return {"wmv", "video/x-ms-wmv"};
    if (head.has(0, "\0\0\x01\xBA"sv) || head.has(0, "\0\0\x01\xB3"sv))
        return {"mpg", "video/mpeg"};
    if (head.has(0, "\x06\x0E\x2B\x34\x02\x05\x01\x01"))
        return {"mxf", "application/mxf"};
    if (packets_of(head, 0, 188))
        return {"ts", "video/mp2t"};
    if (packets_of(head, 4, 192))
        return {"m2ts", "video/mp2t"};
    if (head.has(0, "ID3") || mpeg_layer_3(head))
        return {"mp3", "audio/mpeg"};
    if (head.byte(0) == 0xFF && (head.byte(1) & 0xF6) == 0xF0) // ADTS
        return {"aac", "audio/aac"};
    return {"", "application/octet-stream"};
}

std::string_view media_extension(std::string_view file_name)
{
    static constexpr std::array known{"3g2"sv, "3gp"sv, "aac"sv,  "avi"sv, "flac"sv, "flv"sv, "m2ts"sv,
                                      "m4a"sv, "m4v"sv, "mkv"sv,  "mov"sv, "mp3"sv,  "mp4"sv, "mpeg"sv,
                                      "mpg"sv, "mts"sv, "mxf"sv,  "oga"sv, "ogg"sv,  "ogv"sv, "opus"sv,
                                      "ts"sv,  "wav"sv, "webm"sv, "wma"sv, "wmv"sv};
    const std::size_t dot = file_name.rfind('.');
    if (dot == std::string_view::npos || file_name.size() - dot > 6)
        return {};
    std::string extension(file_name.substr(dot + 1));
    for (char& c : extension)
        if (c >= 'A' && c <= 'Z')
            c = static_cast<char>(c + 32);
    const auto found = std::find(known.begin(), known.end(), extension);
    return found == known.end() ? std::string_view{} : *found;
}

} // namespace vitrina
