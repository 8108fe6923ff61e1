#include "publishing/platforms/post_address.hpp"

#include "publishing/platforms/facebook.hpp"
#include "publishing/platforms/instagram.hpp"
#include "publishing/platforms/linkedin.hpp"
#include "publishing/platforms/mastodon.hpp"
#include "publishing/platforms/peertube.hpp"
#include "publishing/platforms/tiktok.hpp"
#include "publishing/platforms/vimeo.hpp"
#include "publishing/platforms/x.hpp"
#include "publishing/platforms/youtube.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

using namespace vitrina;

TEST_CASE("an address as it is copied from a browser")
{
    const auto address = parse_post_address("https://M.Example.org/@alice//42?a=1&b=2#there");
    REQUIRE(address);
    CHECK(address->host == "example.org");
    CHECK(address->path == std::vector<std::string>{"@alice", "42"});
    CHECK(address->parameter("b") == "2");
    CHECK(address->parameter("c") == "");
    for (const char* text : {"", "http://example.org/1", "https://", "https:///1", "https://me@example.org/1",
                             "https://example.org/a b", "https://example.org/\n", "javascript:alert(1)"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_post_address(text));
    }
    CHECK_FALSE(parse_post_address("https://example.org/" + std::string(2000, 'a')));
}

TEST_CASE("no text breaks the reading of an address")
{
    CHECK(rc::check("any text", [](const std::string& text) {
        for (const std::string& one : {text, "https://" + text})
            if (const auto address = parse_post_address(one))
                RC_ASSERT(!address->host.empty());
    }));
}

TEST_CASE("each network knows the addresses of its posts, and no others")
{
    struct Case {
        std::unique_ptr<Platform> platform;
        std::string address, post;
    };
    const AccountFacts account{"https://mastodon.example", "1"};
    std::vector<Case> cases;
    cases.push_back({make_youtube(), "https://www.youtube.com/watch?v=dQw4w9WgXcQ&t=3", "dQw4w9WgXcQ"});
    cases.push_back({make_youtube(), "https://youtu.be/dQw4w9WgXcQ?si=x", "dQw4w9WgXcQ"});
    cases.push_back({make_youtube(), "https://youtube.com/shorts/dQw4w9WgXcQ", "dQw4w9WgXcQ"});
    cases.push_back({make_mastodon(), "https://mastodon.example/@alice/115012345678901234", "115012345678901234"});
    cases.push_back({make_peertube(), "https://mastodon.example/w/kkGMgK9ZtnKfYAgnEtQxbv", "kkGMgK9ZtnKfYAgnEtQxbv"});
    cases.push_back({make_tiktok(), "https://www.tiktok.com/@alice/video/7301234567890123456", "7301234567890123456"});
    cases.push_back({make_linkedin(), "https://www.linkedin.com/feed/update/urn:li:share:7301234567890123456/",
                     "urn:li:share:7301234567890123456"});
    cases.push_back({make_facebook(), "https://www.facebook.com/watch/?v=1234567890", "1234567890"});
    cases.push_back({make_facebook(), "https://m.facebook.com/cats/videos/its-title/1234567890/", "1234567890"});
    cases.push_back({make_facebook(), "https://www.facebook.com/reel/1234567890", "1234567890"});
    cases.push_back({make_instagram(), "https://www.instagram.com/reel/DRx0aY_jk-1/?igsh=x", "DRx0aY_jk-1"});
    cases.push_back({make_vimeo(), "https://vimeo.com/76979871/abc123?share=copy", "76979871"});
    cases.push_back({make_vimeo(), "https://vimeo.com/manage/videos/76979871", "76979871"});
    cases.push_back({make_x(), "https://x.com/alice/status/1880028106020515999?s=20", "1880028106020515999"});
    cases.push_back({make_x(), "https://twitter.com/i/status/1880028106020515999", "1880028106020515999"});
    for (const Case& one : cases) {
        CAPTURE(one.address);
        CHECK(one.platform->post_at(one.address, account) == one.post);
        for (const Case& other : cases)
            if (other.platform->name() != one.platform->name())
                CHECK_FALSE(one.platform->post_at(other.address, account));
        for (const char* none : {"https://example.org/watch?v=dQw4w9WgXcQ", "https://youtube.com/watch?v=a%20b",
                                 "https://x.com/alice", "https://x.com/alice/status/../../etc", "not an address",
                                 "https://mastodon.example/@alice", "https://www.tiktok.com/@alice/photo/1"})
            CHECK_FALSE(one.platform->post_at(none, account));
    }
}
