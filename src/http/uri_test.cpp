#include "http/uri.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

using namespace vitrina;

namespace {

std::string path_of(std::string_view target)
{
    const auto parsed = parse_target(target);
    return parsed ? parsed->path : "refused";
}

// The slashes stay.
std::string percent_encode_path(std::string_view path)
{
    std::string out;
    for (char c : path)
        out += c == '/' ? "/" : percent_encode({&c, 1});
    return out;
}

} // namespace

TEST_CASE("targets are decoded once and normalised")
{
    CHECK(path_of("/") == "/");
    CHECK(path_of("/v1/videos/7") == "/v1/videos/7");
    CHECK(path_of("/v1/videos/") == "/v1/videos/");
    CHECK(path_of("/a%20b") == "/a b");
    CHECK(path_of("/%2541") == "/%41");
    CHECK(path_of("//a///b") == "/a/b");
    CHECK(path_of("/a/./b/../c") == "/a/c");
    CHECK(path_of("/a/b/..") == "/a/");
    CHECK(path_of("/a/%2e%2e/b") == "/b");
    CHECK(path_of("/...") == "/...");
    CHECK(path_of("/.well-known/x") == "/.well-known/x");
    CHECK(path_of("/a\xc3\xb1o") == "/a\xc3\xb1o");
    CHECK(path_of("http://a.example:80/x?y") == "/x");
    CHECK(path_of("http://a.example") == "/");
    CHECK(path_of("*") == "*");
    CHECK(parse_target("/a?b=%2F&c")->query == "b=%2F&c");
    CHECK(parse_target("/a?")->query.empty());
    CHECK(parse_target("http://h/a")->authority == "h");
}

TEST_CASE("targets that try to leave or to hide are refused")
{
    for (const char* bad :
         {"",          "a",           "a/b",         "/..",      "/../etc/passwd", "/a/../../b", "/%2e%2e/b",
          "/a%2fb",    "/a%2Fb",      "/a%5cb",      "/a\\b",    "/a%00b",         "/a%0d%0ab",  "/a%",
          "/a%2",      "/a%zz",       "/a b",        "/a\tb",    "/a#b",           "/a?b#c",     "ftp://a/",
          "http:///a", "http://a b/", "http://a@b/", "host:443", "/a%7f"}) {
        CAPTURE(bad);
        CHECK_FALSE(parse_target(bad));
    }
    CHECK_FALSE(parse_target(std::string_view("/a\0b", 4)));
}

TEST_CASE("hosts")
{
    for (const char* good : {"a", "video.example", "video.example:8080", "127.0.0.1:5000", "[::1]", "[::1]:80", "a_b"})
        CHECK(is_host(good));
    for (const char* bad :
         {"", ":80", "a:", "a:b", "a:65536", "a:-1", "[::1", "[]", "[zz]", "a b", "a/b", "a@b", "[::1]x"}) {
        CAPTURE(bad);
        CHECK_FALSE(is_host(bad));
    }
}

TEST_CASE("percent encoding comes back")
{
    CHECK(rc::check("decode undoes encode",
                    [](const std::string& text) { RC_ASSERT(percent_decode(percent_encode(text)) == text); }));
    CHECK_FALSE(percent_decode("%4"));
    CHECK_FALSE(percent_decode("%g0"));
}

TEST_CASE("a normalised path stays as it is")
{
    CHECK(rc::check("normalising twice changes nothing", [] {
        const auto text = *rc::gen::container<std::string>(rc::gen::elementOf(std::string("/.ab%2e5c")));
        const auto once = parse_target("/" + text);
        if (!once)
            return;
        RC_ASSERT(once->path.starts_with('/'));
        RC_ASSERT((once->path + "/").find("/../") == std::string::npos);
        RC_ASSERT((once->path + "/").find("/./") == std::string::npos);
        RC_ASSERT(once->path.find("//") == std::string::npos);
        const auto twice = parse_target(percent_encode_path(once->path));
        RC_ASSERT(twice.has_value());
        RC_ASSERT(twice->path == once->path);
    }));
}
