#include "http/chunked_decoder.hpp"

#include <doctest/doctest.h>
#include <iomanip>
#include <optional>
#include <rapidcheck.h>
#include <sstream>
#include <string>
#include <vector>

using namespace vitrina;

namespace {

struct Decoded {
    std::string data;
    std::size_t used = 0;
    bool operator==(const Decoded&) const = default;
};

// Nothing when broken or unfinished.
std::optional<Decoded> decode(const std::vector<std::string>& feeds)
{
    ChunkedDecoder decoder;
    Decoded decoded;
    for (std::string_view bytes : feeds) {
        while (!bytes.empty() && decoder.state() == ChunkedDecoder::State::unfinished) {
            const auto step = decoder.next(bytes);
            decoded.data += step.data;
            decoded.used += step.used;
            bytes.remove_prefix(step.used);
        }
    }
    return decoder.state() == ChunkedDecoder::State::finished ? std::optional(decoded) : std::nullopt;
}

std::string encode(const std::vector<std::string>& chunks)
{
    std::ostringstream out;
    for (const auto& chunk : chunks)
        if (!chunk.empty())
            out << std::hex << chunk.size() << "\r\n" << chunk << "\r\n";
    out << "0\r\n\r\n";
    return out.str();
}

} // namespace

TEST_CASE("chunks become the body, and what follows is left alone")
{
    const auto decoded = decode({"5\r\nhello\r\n6;name=\"v\"\r\n world\r\n0\r\nX-Trailer: a\r\n\r\nGET /"});
    REQUIRE(decoded);
    CHECK(decoded->data == "hello world");
    CHECK(decoded->used == 49);
    CHECK(decode({"0\r\n\r\n"})->data.empty());
    CHECK(decode({"000A\r\n0123456789\r\n0\r\n\r\n"})->data.size() == 10);
}

TEST_CASE("broken chunks break the body")
{
    for (const std::string bad : {"\r\n",
                                  "g\r\n",
                                  "-1\r\n",
                                  "0x5\r\nhello",
                                  "5\nhello",
                                  "5\rhello",
                                  "5\r\nhello0\r\n",
                                  "5\r\nhello\n0\r\n\r\n",
                                  "5\r\nhello\r0\r\n\r\n",
                                  "8000000000000000\r\n",
                                  "FFFFFFFFFFFFFFFFF\r\n",
                                  "00000000000000005\r\n",
                                  " 5\r\n",
                                  ";a\r\n",
                                  "5;\n",
                                  "5;a\x01\r\n",
                                  "0\r\n \r\n",
                                  "0\r\nX\n\r\n",
                                  "0\r\n\rX",
                                  "0\r\nX: \x01\r\n\r\n"}) {
        CAPTURE(bad);
        ChunkedDecoder decoder;
        std::string_view bytes = bad;
        while (!bytes.empty() && decoder.state() == ChunkedDecoder::State::unfinished)
            bytes.remove_prefix(decoder.next(bytes).used);
        CHECK(decoder.state() == ChunkedDecoder::State::broken);
    }
}

TEST_CASE("what stands between the chunks is bounded")
{
    const auto extension = [](std::size_t size) {
        return decode({"1;" + std::string(size, 'x') + "\r\na\r\n0\r\n\r\n"});
    };
    CHECK(extension(4000));
    CHECK_FALSE(extension(5000));
    CHECK_FALSE(decode({"0\r\nX: " + std::string(5000, 'x') + "\r\n\r\n"}));
}

TEST_CASE("chunks may be cut anywhere")
{
    CHECK(rc::check("any split, same body", [](const std::vector<std::string>& chunks) {
        const std::string bytes = encode(chunks) + "next";
        std::string body;
        for (const auto& chunk : chunks)
            body += chunk;
        std::vector<std::string> feeds;
        for (std::size_t at = 0; at < bytes.size();) {
            const auto size = *rc::gen::inRange<std::size_t>(1, 9);
            feeds.push_back(bytes.substr(at, size));
            at += size;
        }
        RC_ASSERT(decode(feeds) == std::optional(Decoded{body, bytes.size() - 4}));
    }));
}
