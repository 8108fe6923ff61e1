#include "media/media_files_test.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

using namespace vitrina;

namespace {

// What MANIFEST.md says of each file, in the words of MediaFacts.
struct Sound {
    const char* file;
    const char* container;
    const char* extension;
    const char* content_type;
    double seconds;
    int width, height, rotation;
    double frame_rate;
    const char* video_codec;
    const char* audio_codec;
};

const std::vector<Sound> sound_files{
    {"ok-h264-aac-small-10s.mp4", "mp4", "mp4", "video/mp4", 10.027, 256, 110, 0, 24, "h264", "aac"},
    {"ok-h264-aac-bbb-10s.mp4", "mp4", "mp4", "video/mp4", 10.0, 480, 360, 0, 24, "h264", "aac"},
    {"ok-h264-aac-1s.mp4", "mp4", "mp4", "video/mp4", 1.024, 1080, 720, 0, 29.97, "h264", "aac"},
    {"ok-nasa-2video-2audio-subs.mp4", "mp4", "mp4", "video/mp4", 16.57, 480, 270, 0, 29.97, "h264", "aac"},
    {"ok-hevc-noaudio.mp4", "mp4", "mp4", "video/mp4", 1.0, 128, 128, 0, 10, "hevc", ""},
    {"ok-av1-noaudio.mkv", "matroska", "mkv", "video/x-matroska", 5.0, 640, 360, 0, 25, "av1", ""},
    {"ok-vp8-vorbis-bbb-30s.webm", "webm", "webm", "video/webm", 30.003, 1280, 720, 0, 24, "vp8", "vorbis"},
    {"ok-vp9-noaudio.webm", "webm", "webm", "video/webm", 2.703, 320, 240, 0, 29.97, "vp9", ""},
    {"ok-h264-ac3.mkv", "matroska", "mkv", "video/x-matroska", 1.072, 1080, 720, 0, 29.97, "h264", "ac3"},
    {"ok-mpeg4-mp3.avi", "avi", "avi", "video/x-msvideo", 4.087, 960, 400, 0, 23.976, "mpeg4", "mp3"},
    {"ok-mpeg4-amr.3gp", "3gp", "3gp", "video/3gpp", 4.933, 176, 144, 0, 15, "mpeg4", "amr_nb"},
    {"ok-h264-aac-1s.ts", "mpegts", "ts", "video/mp2t", 1.034, 416, 234, 0, 29.97, "h264", "aac"},
    {"odd-iphone-portrait-rot90.mov", "mov", "mov", "video/quicktime", 2.068, 320, 568, 90, 29.976, "h264", "aac"},
    {"odd-1x1-yuv444-dash-name.mp4", "mp4", "mp4", "video/mp4", 5.0, 1, 1, 0, 1, "h264", ""},
    {"odd-rot270.mp4", "mp4", "mp4", "video/mp4", 1.003, 288, 352, 270, 29.9, "h264", "aac"},
    {"odd-no-duration.webm", "webm", "webm", "video/webm", 4.938, 1280, 720, 0, 14.985, "vp9", "opus"},
    {"odd-mp3-in-mp4.mp4", "mp4", "mp4", "video/mp4", 9.64, 640, 360, 0, 25, "h264", "mp3"},
    {"odd-vfr-audio-first.mov", "mov", "mov", "video/quicktime", 7.563, 640, 480, 0, 16.746, "h264", "aac"},
    {"audio-only.mp3", "mp3", "mp3", "audio/mpeg", 4.16, 0, 0, 0, 0, "", "mp3"},
    {"audio-opus-only.mp4", "mp4", "m4a", "audio/mp4", 1.46, 0, 0, 0, 0, "", "opus"},
    {"audio-only.ts", "mpegts", "ts", "audio/mp2t", 3.989, 0, 0, 0, 0, "", "aac"},
};

struct Broken {
    const char* file;
    const char* code;
};

const std::vector<Broken> broken_files{
    {"bad-moov-missing.mp4", "VT-MED-006"},
    {"bad-text.mp4", "VT-MED-006"}, // its 48 bytes are the head of an MP4,
    {"bad-vp9-bitstream.webm", "VT-MED-007"},
};

void check_picture(const Picture& picture, const MediaFacts& facts, int box)
{
    CHECK(picture.jpeg.starts_with("\xff\xd8\xff"));
    CHECK(std::max(picture.width, picture.height) == std::min(box, std::max(facts.width, facts.height)));
    double wanted = static_cast<double>(facts.width) / facts.height;
    double given = static_cast<double>(picture.width) / picture.height;
    CHECK(given == doctest::Approx(wanted).epsilon(0.02));
    CHECK(brightness(picture).mean < 240);
}

void check_sound(const Sound& expected, const MediaFacts& facts)
{
    CHECK(facts.container == expected.container);
    CHECK(facts.extension == expected.extension);
    CHECK(facts.content_type == expected.content_type);
    CHECK(std::chrono::duration<double>(facts.duration).count() == doctest::Approx(expected.seconds).epsilon(0.01));
    CHECK(facts.width == expected.width);
    CHECK(facts.height == expected.height);
    CHECK(facts.rotation == expected.rotation);
    CHECK(facts.frame_rate == doctest::Approx(expected.frame_rate).epsilon(0.01));
    CHECK(facts.video_codec == expected.video_codec);
    CHECK(facts.audio_codec == expected.audio_codec);
    if (expected.width == 0) {
        CHECK(facts.thumbnail.jpeg.empty());
        return;
    }
    // One is a single pixel, the other a recording of a nearly black screen from its first to its last frame.
    bool has_light = expected.width > 1 && std::string(expected.file) != "odd-no-duration.webm";
    if (has_light)
        CHECK(brightness(facts.thumbnail).mean > 16);
    check_picture(facts.thumbnail, facts, 640);
    check_picture(facts.small_thumbnail, facts, 160);
}

void check_same(const MediaFacts& one, const MediaFacts& other)
{
    CHECK(one.duration == other.duration);
    CHECK(one.frame_rate == other.frame_rate);
    CHECK(one.thumbnail.jpeg == other.thumbnail.jpeg);
    CHECK(one.small_thumbnail.jpeg == other.small_thumbnail.jpeg);
}

} // namespace

TEST_CASE("the facts of real files are what their makers put in")
{
    const auto corpus = media_corpus();
    for (const Sound& expected : sound_files) {
        CAPTURE(std::string(expected.file));
        Result<MediaFacts> here = inspect(from_disk(corpus / expected.file));
        Result<MediaFacts> there = inspect(from_memory(read_whole(corpus / expected.file)));
        if (!here)
            MESSAGE(here.error().code << " " << here.error().message);
        REQUIRE(here);
        REQUIRE(there);
        check_sound(expected, *here);
        check_same(*here, *there);
    }
}

TEST_CASE("broken files are refused with a reason")
{
    const auto corpus = media_corpus();
    for (const Broken& expected : broken_files) {
        CAPTURE(std::string(expected.file));
        for (auto source : {from_disk(corpus / expected.file), from_memory(read_whole(corpus / expected.file))}) {
            Result<MediaFacts> result = inspect(std::move(source));
            REQUIRE_FALSE(result);
            CHECK(result.error().kind == FaultKind::unsupported_media);
            CHECK(result.error().code == expected.code);
            CHECK_FALSE(result.error().message.empty());
        }
    }
}
