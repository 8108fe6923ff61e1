#include "media/containers.hpp"

#include <algorithm>
#include <array>

namespace vitrina {

namespace {

// QuickTime, AVI, MPEG program streams and FLV have no audio type that anyone serves; they keep their one type.
constexpr std::array<ContainerKind, 16> kinds{{
    {"mp4", "mp4", "video/mp4", "m4a", "audio/mp4"},
    {"mov", "mov", "video/quicktime", "mov", "video/quicktime"},
    {"3gp", "3gp", "video/3gpp", "3gp", "audio/3gpp"},
    {"3g2", "3g2", "video/3gpp2", "3g2", "audio/3gpp2"},
    {"matroska", "mkv", "video/x-matroska", "mka", "audio/x-matroska"},
    {"webm", "webm", "video/webm", "webm", "audio/webm"},
    {"avi", "avi", "video/x-msvideo", "avi", "video/x-msvideo"},
    {"mpegts", "ts", "video/mp2t", "ts", "audio/mp2t"},
    {"mpeg", "mpg", "video/mpeg", "mpg", "video/mpeg"},
    {"flv", "flv", "video/x-flv", "flv", "video/x-flv"},
    {"asf", "wmv", "video/x-ms-wmv", "wma", "audio/x-ms-wma"},
    {"ogg", "ogv", "video/ogg", "ogg", "audio/ogg"},
    {"mp3", "mp3", "audio/mpeg", "mp3", "audio/mpeg"},
    {"aac", "aac", "audio/aac", "aac", "audio/aac"},
    {"flac", "flac", "audio/flac", "flac", "audio/flac"},
    {"wav", "wav", "audio/wav", "wav", "audio/wav"},
}};

} // namespace

const ContainerKind* find_container(std::string_view name)
{
    auto found = std::find_if(kinds.begin(), kinds.end(), [&](const ContainerKind& k) { return k.name == name; });
    return found == kinds.end() ? nullptr : &*found;
}

} // namespace vitrina
