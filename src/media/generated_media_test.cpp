#include "media/media_files_test.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

using namespace vitrina;

namespace {

const std::string picture = "-f lavfi -i testsrc2=s=320x180:r=25:d=4 ";
const std::string tone = "-f lavfi -i sine=d=4 ";
const std::string h264 = "-c:v libx264 -preset ultrafast -pix_fmt yuv420p ";

double seconds(const MediaFacts& facts)
{
    return std::chrono::duration<double>(facts.duration).count();
}

// Both ways into the child must agree; gives the facts.
MediaFacts facts_of(const std::filesystem::path& file)
{
    Result<MediaFacts> here = inspect(from_disk(file));
    Result<MediaFacts> there = inspect(from_memory(read_whole(file)));
    if (!here)
        FAIL(here.error().code << " " << here.error().message);
    REQUIRE(there);
    CHECK(here->thumbnail.jpeg == there->thumbnail.jpeg);
    CHECK(here->duration == there->duration);
    return *here;
}

std::string code_of(const std::filesystem::path& file)
{
    Result<MediaFacts> result = inspect(from_disk(file));
    return result ? "facts" : result.error().code;
}

struct Kind {
    const char* name;
    std::string arguments;
    const char* container;
    const char* video_codec;
};

} // namespace

TEST_CASE("every container and codec people make is read")
{
    const std::vector<Kind> kinds{
        {"fast.mp4", h264 + "-c:a aac -movflags +faststart", "mp4", "h264"},
        {"slow.mp4", h264 + "-c:a aac", "mp4", "h264"},
        {"fragmented.mp4", h264 + "-c:a aac -g 25 -movflags frag_keyframe+empty_moov", "mp4", "h264"},
        {"a.mov", h264 + "-c:a pcm_s16le", "mov", "h264"},
        {"prores.mov", "-c:v prores -c:a pcm_s16le", "mov", "prores"},
        {"a.mkv", h264 + "-c:a flac", "matroska", "h264"},
        {"live.mkv", h264 + "-c:a aac -f matroska -live 1", "matroska", "h264"},
        {"a.webm", "-c:v libvpx -deadline realtime -cpu-used 8 -c:a libvorbis", "webm", "vp8"},
        {"a.avi", "-c:v mpeg4 -c:a mp3", "avi", "mpeg4"},
        {"mjpeg.avi", "-c:v mjpeg -c:a pcm_s16le", "avi", "mjpeg"},
        {"a.ts", h264 + "-c:a aac", "mpegts", "h264"},
        {"a.mpg", "-c:v mpeg2video -c:a mp2 -f mpeg", "mpeg", "mpeg2video"},
        {"a.flv", h264 + "-c:a aac", "flv", "h264"},
        {"a.wmv", "-c:v wmv2 -c:a wmav2", "asf", "wmv2"},
        {"a.ogv", "-c:v libtheora -c:a libvorbis", "ogg", "theora"},
    };
    TemporaryFolder folder;
    for (const Kind& kind : kinds) {
        CAPTURE(std::string(kind.name));
        make_media(picture + tone + kind.arguments, folder / kind.name);
        MediaFacts facts = facts_of(folder / kind.name);
        CHECK(facts.container == kind.container);
        CHECK(facts.video_codec == kind.video_codec);
        CHECK_FALSE(facts.audio_codec.empty());
        CHECK(seconds(facts) == doctest::Approx(4).epsilon(0.06));
        CHECK(facts.frame_rate == doctest::Approx(25).epsilon(0.01));
        CHECK(facts.width == 320);
        CHECK(facts.height == 180);
        CHECK(brightness(facts.thumbnail).mean > 50);
    }
}

TEST_CASE("sound alone has a sound's type, and its cover as its picture")
{
    TemporaryFolder folder;
    make_media(tone + "-c:a aac", folder / "a.m4a");
    make_media(tone + "-c:a libmp3lame", folder / "a.mp3");
    make_media(tone + "-c:a flac", folder / "a.flac");
    make_media(tone, folder / "a.wav");
    make_media(
        tone + "-f lavfi -i testsrc2=s=300x300:d=1:r=1 -map 0 -map 1 -c:a aac -c:v mjpeg -disposition:v attached_pic",
        folder / "cover.m4a");
    CHECK(facts_of(folder / "a.m4a").content_type == "audio/mp4");
    CHECK(facts_of(folder / "a.m4a").extension == "m4a");
    CHECK(facts_of(folder / "a.mp3").content_type == "audio/mpeg");
    CHECK(facts_of(folder / "a.flac").content_type == "audio/flac");
    CHECK(facts_of(folder / "a.wav").content_type == "audio/wav");
    CHECK(seconds(facts_of(folder / "a.mp3")) == doctest::Approx(4).epsilon(0.03));

    MediaFacts with_cover = facts_of(folder / "cover.m4a");
    CHECK(with_cover.video_codec.empty());
    CHECK(with_cover.thumbnail.width == 300);
    CHECK(with_cover.small_thumbnail.width == 160);
}

TEST_CASE("a picture is the right way up and has square pixels")
{
    TemporaryFolder folder;
    // White in the top left quarter only; then the container says how to turn it.
    make_media("-f lavfi -i color=black:s=320x180:r=25:d=1 -vf drawbox=0:0:160:90:white:fill " + h264,
               folder / "up.mp4");
    make_media("-i " + (folder / "up.mp4").string() + " -c copy -metadata:s:v rotate=90", folder / "turned.mp4");
    make_media(picture + h264 + "-vf setsar=2/1", folder / "wide.mp4");

    auto quarters = brightness(facts_of(folder / "up.mp4").thumbnail).quarters[0];
    CHECK(quarters > 200);

    MediaFacts turned = facts_of(folder / "turned.mp4");
    CHECK(turned.width == 180);
    CHECK(turned.height == 320);
    bool clockwise = turned.rotation == 90;
    Brightness light = brightness(turned.thumbnail);
    CHECK(light.quarters[clockwise ? 1 : 2] > 200); // top left goes to top right, or to bottom left
    CHECK(light.quarters[0] < 40);

    MediaFacts wide = facts_of(folder / "wide.mp4");
    CHECK(wide.width == 640);
    CHECK(wide.height == 180);
    CHECK(wide.thumbnail.width == 640);
}

TEST_CASE("a black beginning does not become the picture")
{
    TemporaryFolder folder;
    std::string intro = "-f lavfi -i color=black:s=320x180:r=25:d=3 -f lavfi -i testsrc2=s=320x180:r=25:d=1 "
                        "-filter_complex concat=n=2 " +
                        h264;
    make_media(intro, folder / "short.mp4");
    make_media(intro + "-g 1000 -sc_threshold 0", folder / "one_key_frame.mp4");
    CHECK(brightness(facts_of(folder / "short.mp4").thumbnail).mean > 50);
    CHECK(brightness(facts_of(folder / "one_key_frame.mp4").thumbnail).mean > 50);
}

TEST_CASE("a variable frame rate has a sane average")
{
    TemporaryFolder folder;
    make_media(picture + h264 + "-vf select='not(mod(n\\,3))+lt(n\\,20)' -vsync vfr", folder / "vfr.mp4");
    double rate = facts_of(folder / "vfr.mp4").frame_rate;
    CHECK(rate > 5);
    CHECK(rate < 25);
}

TEST_CASE("a file that breaks off is read as far as it goes, if its index came first")
{
    TemporaryFolder folder;
    make_media(picture + tone + h264 + "-c:a aac -movflags +faststart", folder / "fast.mp4");
    make_media(picture + tone + h264 + "-c:a aac", folder / "slow.mp4");
    for (const char* name : {"fast.mp4", "slow.mp4"})
        std::filesystem::resize_file(folder / name, std::filesystem::file_size(folder / name) * 6 / 10);
    CHECK(code_of(folder / "fast.mp4") == "facts");
    CHECK(code_of(folder / "slow.mp4") == "VT-MED-006");
}

TEST_CASE("a picture larger than allowed is refused before it is decoded")
{
    TemporaryFolder folder;
    make_media("-f lavfi -i color=gray:s=640x480:r=1:d=2 " + h264, folder / "large.mp4");
    InspectorOptions options = test_options();
    options.max_pixels = 640 * 479;
    Result<MediaFacts> result = inspect(from_disk(folder / "large.mp4"), options);
    REQUIRE_FALSE(result);
    CHECK(result.error().code == "VT-MED-005");

    // 16384 × 16384 in the sample entry of an MP4 whose real pictures are small.
    std::string bytes = read_whole(folder / "large.mp4");
    std::size_t entry = bytes.find("avc1", bytes.find("stsd"));
    REQUIRE(entry != bytes.npos);
    bytes.replace(entry + 28, 4, std::string("\x40\0\x40\0", 4));
    Result<MediaFacts> lie = inspect(from_memory(bytes));
    if (lie)
        CHECK(lie->width == 640); // FFmpeg believed the stream and not the container
    else
        CHECK(lie.error().code == "VT-MED-005");
}

TEST_CASE("damage anywhere never does more than refuse")
{
    TemporaryFolder folder;
    make_media(picture + tone + h264 + "-c:a aac -movflags +faststart -t 0.5", folder / "a.mp4");
    std::string whole = read_whole(folder / "a.mp4");
    std::uint32_t state = 7;
    for (int round = 0; round < 12; ++round) {
        std::string damaged = whole;
        for (int i = 0; i < 40; ++i) {
            state = state * 1664525 + 1013904223;
            damaged[(state >> 8) % (round % 2 == 0 ? damaged.size() : 2000)] ^= static_cast<char>(state);
        }
        CAPTURE(round);
        Result<MediaFacts> result = inspect(from_memory(damaged));
        if (!result)
            CHECK(result.error().code != "VT-MED-003");
    }
}
