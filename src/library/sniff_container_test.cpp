#include "library/sniff_container.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>
#include <string>

using namespace vitrina;
using namespace std::string_literals;

namespace {

std::string_view seen_in(const std::string& bytes)
{
    return sniff_container(std::as_bytes(std::span(bytes))).extension;
}

} // namespace

TEST_CASE("containers are known by their first bytes")
{
    CHECK(seen_in("\0\0\0\x20"
                  "ftypisom\0\0\2\0"s) == "mp4");
    CHECK(seen_in("\0\0\0\x20"
                  "ftypqt  "s) == "mov");
    CHECK(seen_in("\0\0\0\x20"
                  "ftypM4A "s) == "m4a");
    CHECK(seen_in("\0\0\0\x20"
                  "ftyp3gp5"s) == "3gp");
    CHECK(seen_in("\0\0\0\x08"
                  "wide\0\0\0\0mdat"s) == "mov");
    CHECK(seen_in("\x1A\x45\xDF\xA3\x9F\x42\x86\x81\x01\x42\x82\x84webm"s) == "webm");
    CHECK(seen_in("\x1A\x45\xDF\xA3\x9F\x42\x86\x81\x01\x42\x82\x88matroska"s) == "mkv");
    CHECK(seen_in("RIFF\x10\0\0\0AVI LIST"s) == "avi");
    CHECK(seen_in("RIFF\x10\0\0\0WAVEfmt "s) == "wav");
    CHECK(seen_in("OggS"s + std::string(24, '\0') + "\x80theora") == "ogv");
    CHECK(seen_in("OggS"s + std::string(24, '\0') + "\x01vorbis") == "ogg");
    CHECK(seen_in("\0\0\x01\xBA\x44"s) == "mpg");
    CHECK(seen_in("G"s + std::string(187, 'x') + "G") == "ts");
    CHECK(seen_in("ID3\x04"s) == "mp3");
    CHECK(seen_in("\xFF\xFB\x90\x44"s) == "mp3");
    CHECK(seen_in("\xFF\xF1\x50\x80"s) == "aac");
    CHECK(seen_in("fLaC\0"s) == "flac");
}

TEST_CASE("what is not media has no extension")
{
    for (const std::string& other : {""s, "\0"s, "G"s, "hello"s, "<html>"s, "RIFF\x10\0\0\0WEBP"s, "\x89PNG\r\n\x1A\n"s,
                                     "\xFF\xD8\xFF\xE0"s, "%PDF-1.7"s, "PK\x03\x04"s, "ftyp"s,
                                     "\x7F"
                                     "ELF"s})
        CHECK(seen_in(other).empty());
}

TEST_CASE("a client's file name gives only an extension of a known format")
{
    CHECK(media_extension("Mi vídeo.final.MP4") == "mp4");
    CHECK(media_extension("a.webm") == "webm");
    for (const char* other :
         {"", "mp4", ".", "a.", "a.php", "a.mp4/../../etc", "a.mp4\n", "a.html", "..", "a.mp4 ", "a.averylongone"})
        CHECK(media_extension(other).empty());
}

TEST_CASE("any bytes have a name or none")
{
    CHECK(rc::check("extension and type come together", [](const std::string& bytes) {
        const SniffedContainer container = sniff_container(std::as_bytes(std::span(bytes)));
        RC_ASSERT(container.extension.empty() == (container.content_type == "application/octet-stream"));
    }));
}
