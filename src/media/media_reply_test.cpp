#include "media/media_reply.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <string>

using namespace vitrina;

namespace {

std::span<const std::byte> bytes_of(const std::string& text)
{
    return std::as_bytes(std::span(text));
}

std::optional<MediaReply> parse(const std::string& wire)
{
    auto head = parse_reply_head(bytes_of(wire).first<reply_head_size>());
    if (!head || wire.size() != reply_head_size + head->length)
        return std::nullopt;
    return parse_reply(head->kind, bytes_of(wire).subspan(reply_head_size));
}

// The smallest thing jpeg_size() accepts.
std::string tiny_jpeg(int width, int height)
{
    auto word = [](int value) { return std::string{static_cast<char>(value >> 8), static_cast<char>(value)}; };
    std::string frame =
        "\xff\xc0" + word(11) + "\x08" + word(height) + word(width) + std::string("\x01\x01\x11\x00", 4);
    return "\xff\xd8" + frame + "\xff\xda" + word(2) + "picture\xff\xd9";
}

MediaFacts some_facts()
{
    MediaFacts facts;
    facts.container = "mp4";
    facts.video_codec = "h264";
    facts.audio_codec = "aac";
    facts.duration = std::chrono::seconds(60);
    facts.width = 1920;
    facts.height = 1080;
    facts.rotation = 90;
    facts.frame_rate = 29.97;
    facts.thumbnail.jpeg = tiny_jpeg(640, 360);
    facts.small_thumbnail.jpeg = tiny_jpeg(160, 90);
    return facts;
}

std::optional<MediaFacts> sent(const MediaFacts& facts)
{
    auto reply = parse(write_reply(facts));
    return reply ? std::optional(std::get<MediaFacts>(*reply)) : std::nullopt;
}

template <class Change>
bool is_believed(Change change)
{
    MediaFacts facts = some_facts();
    change(facts);
    return sent(facts).has_value();
}

} // namespace

TEST_CASE("facts arrive as they were sent, with the names that follow from the container")
{
    auto facts = sent(some_facts());
    REQUIRE(facts);
    CHECK(facts->extension == "mp4");
    CHECK(facts->content_type == "video/mp4");
    CHECK(facts->duration == std::chrono::seconds(60));
    CHECK(facts->width == 1920);
    CHECK(facts->rotation == 90);
    CHECK(facts->frame_rate == doctest::Approx(29.97));
    CHECK(facts->thumbnail.width == 640);
    CHECK(facts->small_thumbnail.height == 90);
}

TEST_CASE("a child's impossible facts are not believed")
{
    CHECK(is_believed([](MediaFacts&) {}));
    CHECK_FALSE(is_believed([](MediaFacts& f) { f.container = "html"; }));
    CHECK_FALSE(is_believed([](MediaFacts& f) { f.video_codec = "<script>"; }));
    CHECK_FALSE(is_believed([](MediaFacts& f) { f.audio_codec = std::string(100, 'a'); }));
    CHECK_FALSE(is_believed([](MediaFacts& f) { f.audio_codec = "aac\n"; }));
    CHECK_FALSE(is_believed([](MediaFacts& f) { f.duration = std::chrono::hours(10'000); }));
    CHECK_FALSE(is_believed([](MediaFacts& f) { f.duration = -std::chrono::seconds(1); }));
    CHECK_FALSE(is_believed([](MediaFacts& f) { f.width = -1; }));
    CHECK_FALSE(is_believed([](MediaFacts& f) { f.height = 0; }));
    CHECK_FALSE(is_believed([](MediaFacts& f) { f.rotation = 45; }));
    CHECK_FALSE(is_believed([](MediaFacts& f) { f.frame_rate = 100'000; }));
    CHECK_FALSE(is_believed([](MediaFacts& f) { f.thumbnail.jpeg = "GIF89a"; }));
    CHECK_FALSE(is_believed([](MediaFacts& f) { f.thumbnail.jpeg = tiny_jpeg(641, 10); }));
    CHECK_FALSE(is_believed([](MediaFacts& f) { f.small_thumbnail.jpeg = tiny_jpeg(10, 161); }));
    CHECK_FALSE(is_believed([](MediaFacts& f) { f.small_thumbnail.jpeg = tiny_jpeg(10, 0); }));
    CHECK_FALSE(is_believed([](MediaFacts& f) { f.small_thumbnail.jpeg.resize(max_small_jpeg + 1); }));
}

TEST_CASE("a reply that is a byte too short or too long is no reply")
{
    std::string wire = write_reply(some_facts()).substr(reply_head_size);
    for (std::size_t length = 0; length < wire.size(); ++length)
        CHECK_FALSE(parse_reply(ReplyKind::facts, bytes_of(wire).first(length)));
    wire.push_back('\0');
    CHECK_FALSE(parse_reply(ReplyKind::facts, bytes_of(wire)));
}

TEST_CASE("a head announces a kind we know, no longer than that kind can be")
{
    auto head = [](std::string bytes) { return parse_reply_head(bytes_of(bytes).first<reply_head_size>()); };
    CHECK(head(std::string("R\x0c\0\0\0", 5)));
    CHECK_FALSE(head(std::string("R\x0d\0\0\0", 5)));
    CHECK_FALSE(head(std::string("F\xff\xff\xff\x7f", 5)));
    CHECK_FALSE(head("HTTP/"));
    CHECK_FALSE(head(std::string("Q\0\0\0\0", 5)));
}

TEST_CASE("requests and refusals survive the wire, and only sensible ones")
{
    CHECK(rc::check("a read of at most max_read bytes arrives", [](std::uint64_t offset, std::uint32_t length) {
        auto reply = parse(write_reply(ReadRequest{.offset = offset, .length = length}));
        bool sensible = length > 0 && length <= max_read;
        RC_ASSERT(reply.has_value() == sensible);
        if (reply)
            RC_ASSERT(std::get<ReadRequest>(*reply).offset == offset);
    }));
    CHECK(parse(write_reply(MediaRefusal{.trouble = MediaTrouble::no_picture, .detail = "vp9"})));
    CHECK_FALSE(parse(write_reply(MediaRefusal{.trouble = static_cast<MediaTrouble>(99), .detail = ""})));
    CHECK_FALSE(parse(write_reply(MediaRefusal{.trouble = MediaTrouble::damaged, .detail = "a\"b"})));
}

TEST_CASE("no bytes make the parser misbehave")
{
    CHECK(rc::check("any payload", [](const std::string& payload) {
        for (ReplyKind kind : {ReplyKind::read, ReplyKind::facts, ReplyKind::refusal})
            (void)parse_reply(kind, bytes_of(payload));
    }));
}

TEST_CASE("a job arrives as it was sent")
{
    auto job = parse_job(bytes_of(write_job({.size = 5, .max_pixels = 7, .has_descriptor = true})));
    REQUIRE(job);
    CHECK(job->size == 5);
    CHECK(job->max_pixels == 7);
    CHECK(job->has_descriptor);
    CHECK_FALSE(parse_job(bytes_of(std::string(media_job_size - 1, 'x'))));
}
