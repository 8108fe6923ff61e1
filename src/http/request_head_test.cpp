#include "http/request_head.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>
#include <string>

using namespace vitrina;

namespace {

// The status it is refused with, 0 when it is taken, -1 when more is awaited.
int verdict(const std::string& bytes, const Limits& limits = {})
{
    std::size_t looked_at = 0;
    const auto found = find_head_end(bytes, looked_at, limits);
    if (const auto* refusal = std::get_if<HeadRefusal>(&found))
        return refusal->status;
    const auto* end = std::get_if<HeadEnd>(&found);
    if (!end)
        return -1;
    RequestHead head;
    const auto refused = parse_head(std::string_view(bytes).substr(0, end->size), head, limits);
    return refused ? refused->status : 0;
}

int verdict_on_field(const std::string& field)
{
    return verdict("POST / HTTP/1.1\r\nHost: a\r\n" + field + "\r\n\r\n");
}

} // namespace

TEST_CASE("a head is read as it stands")
{
    const std::string text = "PUT /a?b=c HTTP/1.1\r\nHost: video.example:8080\r\nX-Empty:\r\nAccept:  a, b \t\r\n"
                             "Content-Length: 12\r\nExpect: 100-Continue\r\n\r\nbody";
    std::size_t looked_at = 0;
    const auto found = find_head_end(text, looked_at, {});
    REQUIRE(std::holds_alternative<HeadEnd>(found));
    CHECK(std::get<HeadEnd>(found).size == text.size() - 4);
    RequestHead head;
    REQUIRE_FALSE(parse_head(std::string_view(text).substr(0, text.size() - 4), head, {}));
    CHECK(head.method == "PUT");
    CHECK(head.target == "/a?b=c");
    CHECK(head.host == "video.example:8080");
    REQUIRE(head.fields.size() == 5);
    CHECK(head.fields[1].value.empty());
    CHECK(head.fields[2].value == "a, b");
    CHECK(head.content_length == 12);
    CHECK(head.expects_continue);
    CHECK(head.keep_alive);
    CHECK_FALSE(head.chunked);
}

TEST_CASE("requests that two readers could read in two ways are refused")
{
    CHECK(verdict_on_field("Content-Length: 5") == 0);
    CHECK(verdict_on_field("Transfer-Encoding: chunked") == 0);
    CHECK(verdict_on_field("transfer-encoding: Chunked") == 0);
    for (const char* bad : {"Content-Length: 5\r\nTransfer-Encoding: chunked",
                            "Transfer-Encoding: chunked\r\nContent-Length: 5",
                            "Content-Length: 5\r\nContent-Length: 5",
                            "Content-Length: 5\r\nContent-Length: 6",
                            "Content-Length: 5, 5",
                            "Content-Length: +5",
                            "Content-Length: -5",
                            "Content-Length: 0x5",
                            "Content-Length: 5 5",
                            "Content-Length:",
                            "Content-Length: 5a",
                            "Content-Length: 9223372036854775808",
                            "Content-Length: 99999999999999999999999999",
                            "Content-Length : 5",
                            "Content-Length\t: 5",
                            "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
                            "Transfer-Encoding : chunked",
                            "Host: b",
                            "Host: a",
                            " folded",
                            "X: a\r\n folded",
                            "X: a\r\n\tfolded",
                            "no colon",
                            ": no name",
                            "X\x01: a",
                            "X: a\x01",
                            "X: a\rb",
                            "X: a\nb",
                            "X: a\x7f",
                            "X(y): a",
                            "X y: a",
                            "\xc3\xa9: a",
                            "X: a\r\r\nContent-Length: 3"}) {
        CAPTURE(bad);
        CHECK(verdict_on_field(bad) == 400);
    }
    CHECK(verdict_on_field(std::string("X: a\0b", 6)) == 400);
    for (const char* unknown :
         {"Transfer-Encoding: gzip, chunked", "Transfer-Encoding: identity", "Transfer-Encoding: chunked, chunked",
          "Transfer-Encoding: \"chunked\"", "Transfer-Encoding: xchunked", "Transfer-Encoding:"}) {
        CAPTURE(unknown);
        CHECK(verdict_on_field(unknown) == 501);
    }
    CHECK(verdict_on_field("Expect: a miracle") == 417);
    CHECK(verdict_on_field("X-Name: caf\xc3\xa9") == 0);
}

TEST_CASE("the request line")
{
    const auto line = [](const std::string& text) { return verdict(text + "\r\nHost: a\r\n\r\n"); };
    CHECK(line("GET / HTTP/1.1") == 0);
    CHECK(line("GET http://a/ HTTP/1.1") == 0);
    CHECK(line("GET http://A/x HTTP/1.1") == 0);
    CHECK(line("GET http://b/ HTTP/1.1") == 400);
    CHECK(line("GET / HTTP/1.0") == 0);
    for (const char* bad : {"GET /", "GET", "/ HTTP/1.1", "GET  HTTP/1.1", "GET  / HTTP/1.1", "GET /a b HTTP/1.1",
                            "GET / HTTP/1.1 ", "GET / http/1.1", "GET / HTTP/1.x", "GET / HTTP/11", "G@T / HTTP/1.1",
                            "G\tT / HTTP/1.1", "GET / HTTPS/1.1", " GET / HTTP/1.1", "GET\t/\tHTTP/1.1"}) {
        CAPTURE(bad);
        CHECK(line(bad) == 400);
    }
    CHECK(line("GET / HTTP/2.0") == 505);
    CHECK(line("GET / HTTP/1.2") == 505);
    CHECK(verdict("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") == 505);
    CHECK(verdict("GET / HTTP/1.1\r\n\r\n") == 400); // no Host
    CHECK(verdict("GET / HTTP/1.0\r\n\r\n") == 0);
    CHECK(verdict("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n") == 400);
    CHECK(verdict("GET /\r\n") == 400);              // HTTP/0.9, told without waiting
    CHECK(verdict("GET / HTTP/1.1\n") == 400);
    CHECK(verdict("\x16\x03\x01") == 400);           // TLS on the plain port
    CHECK(verdict("GET / HTTP/1.1\r\nHost: a\r\n") == -1);
    CHECK(verdict("GET / HTTP/1.1\r\nHost: a b\r\n\r\n") == 400);
    CHECK(verdict("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n") == 400);
    CHECK(verdict("GET / HTTP/1.1\r\nHost:\r\n\r\n") == 400);
}

TEST_CASE("each limit is reached and no further")
{
    const Limits limits{.header_bytes = 400, .header_count = 5, .target_bytes = 100};
    const auto with_target = [&](std::size_t size) {
        return verdict("GET /" + std::string(size - 1, 'x') + " HTTP/1.0\r\n\r\n", limits);
    };
    CHECK(with_target(100) == 0);
    CHECK(with_target(101) == 414);
    CHECK(with_target(1000) == 414);
    const auto with_fields = [&](int count) {
        std::string head = "GET / HTTP/1.0\r\n";
        for (int i = 0; i < count; ++i)
            head += "X: y\r\n";
        return verdict(head + "\r\n", limits);
    };
    CHECK(with_fields(5) == 0);
    CHECK(with_fields(6) == 431);
    const auto with_bytes = [&](std::size_t size) {
        const std::string head = "GET / HTTP/1.0\r\nX: ";
        return verdict(head + std::string(size - head.size() - 4, 'y') + "\r\n\r\n", limits);
    };
    CHECK(with_bytes(400) == 0);
    CHECK(with_bytes(401) == 431);
    CHECK(verdict("GET / HTTP/1.0\r\nX: " + std::string(1000, 'y'), limits) == 431); // told before it ends
}

TEST_CASE("where a head ends does not depend on how its bytes arrive")
{
    CHECK(rc::check("any split, same end", [] {
        const auto field = *rc::gen::container<std::string>(rc::gen::elementOf(std::string("ab:\r\n \t")));
        const std::string bytes = "GET / HTTP/1.1\r\nHost: a\r\nX: " + field + "\r\n\r\nGET";
        std::size_t looked_at = 0;
        const auto whole = find_head_end(bytes, looked_at, {});
        looked_at = 0;
        for (std::size_t size = 0; size <= bytes.size(); ++size) {
            const auto found = find_head_end(std::string_view(bytes).substr(0, size), looked_at, {});
            if (std::holds_alternative<HeadUnfinished>(found))
                continue;
            RC_ASSERT(found.index() == whole.index());
            if (const auto* end = std::get_if<HeadEnd>(&found))
                RC_ASSERT(end->size == std::get<HeadEnd>(whole).size);
            return;
        }
        RC_FAIL("never ended");
    }));
}
