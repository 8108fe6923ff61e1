#pragma once
#include <string_view>

namespace vitrina {

// What FFmpeg may use of its hundreds of readers: what phones, cameras, editors and browsers produce. Never playlists
// (hls, dash, concat: they point elsewhere), pictures, subtitles or devices.

// Demuxers, comma-separated as FFmpeg's format_whitelist wants them.
inline constexpr const char* allowed_formats =
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,flv,asf,ogg,mp3,aac,flac,wav";

// Decoders. Those of sound are opened only where a container does not describe its sound completely.
inline constexpr const char* allowed_codecs =
    "h264,hevc,vp8,vp9,libdav1d,libaom-av1,mpeg4,mpeg2video,mpeg1video,mjpeg,prores,h263,theora,flv,"
    "msmpeg4,msmpeg4v2,wmv1,wmv2,wmv3,vc1,png,"
    "aac,mp3,mp3float,mp2,mp2float,ac3,eac3,opus,libopus,vorbis,flac,alac,amrnb,amrwb,wmav1,wmav2,"
    "pcm_s16le,pcm_s16be,pcm_s24le,pcm_s24be,pcm_u8,pcm_f32le,pcm_alaw,pcm_mulaw";

constexpr bool is_listed(std::string_view name, std::string_view list)
{
    while (!list.empty()) {
        std::string_view entry = list.substr(0, list.find(','));
        if (entry == name)
            return true;
        list.remove_prefix(entry.size() + (entry.size() < list.size() ? 1 : 0));
    }
    return false;
}

} // namespace vitrina
