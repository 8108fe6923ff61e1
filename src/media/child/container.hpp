#pragma once
#include "media/child/byte_source.hpp"
#include "media/child/libav.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace vitrina {

// An opened media file: recognised, on the allow-list, its streams known. Throws MediaRefused when it is not.
class Container {
public:
    Container(ByteSource& source, std::uint64_t max_pixels);

    // Its name in media/containers.hpp: by what it says about itself, not by the demuxer that reads several kinds.
    const std::string& name() const { return name_; }
    // As the container states it, or as its streams do; nothing when nobody says, or it was only guessed from a bit
    // rate.
    std::optional<std::chrono::microseconds> stated_duration() const;

    // What a player would show and play; null when there is none. A cover picture is no video.
    AVStream* video() const { return video_; }
    AVStream* audio() const { return audio_; }
    AVStream* cover() const { return cover_; }
    std::uint64_t max_pixels() const { return max_pixels_; }
    ByteSource& source() const { return io_.source; }

    // The next packet of any stream; false at the end or where the file breaks off.
    bool read(AVPacket& packet);
    // To the last key packet of `stream` at or before `time` (in its time base); false when there is no way there.
    bool seek(AVStream& stream, std::int64_t time);

private:
    struct Io {
        ByteSource& source;
        std::uint64_t at = 0;
    };
    struct FreeIo {
        void operator()(AVIOContext* io) const;
    };
    struct FreeFormat {
        void operator()(AVFormatContext* format) const { av::avformat_close_input(&format); }
    };

    static int read_bytes(void* opaque, std::uint8_t* out, int size);
    static std::int64_t seek_bytes(void* opaque, std::int64_t offset, int whence);
    const AVInputFormat& recognise();
    void open(const AVInputFormat& format);
    void find_streams();
    void choose_streams();

    Io io_;
    std::uint64_t max_pixels_;
    std::unique_ptr<AVIOContext, FreeIo> bytes_;
    std::unique_ptr<AVFormatContext, FreeFormat> format_;
    std::string name_;
    AVStream* video_ = nullptr;
    AVStream* audio_ = nullptr;
    AVStream* cover_ = nullptr;
};

} // namespace vitrina
