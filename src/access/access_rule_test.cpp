#include "access/access_rule.hpp"

#include <doctest/doctest.h>

using namespace vitrina;

TEST_CASE("loopback is open, tokens or not")
{
    for (const char* listen : {"127.0.0.1", "127.0.0.1:5000", "127.8.9.1", "::1", "[::1]:5000", "localhost:80"}) {
        CAPTURE(listen);
        CHECK(access_rule({listen, "", false, false})->access == Access::open);
        CHECK(access_rule({listen, "http://localhost:8080/videos", false, true})->access == Access::open);
        CHECK(access_rule({listen, "", false, false})->only_loopback);
    }
}

TEST_CASE("elsewhere: closed with tokens, open only when told so, refused with neither")
{
    for (const char* listen :
         {"0.0.0.0:5000", "10.0.0.4", "::", "[::]:80", "192.168.1.7:80", "127.0.0.1.example.org:80", "127.evil.example",
          "127.0.0.1.1", "127.0.0.256", "localhost.example", "", ":5000", "["}) {
        CAPTURE(listen);
        CHECK(access_rule({listen, "", false, true})->access == Access::tokens);
        CHECK(access_rule({listen, "", true, false})->access == Access::open);
        const auto refused = access_rule({listen, "", false, false});
        REQUIRE_FALSE(refused);
        CHECK(refused.error().code == "VT-AUT-001");
        CHECK(refused.error().hint.find("token create") != std::string::npos);
    }
}

TEST_CASE("loopback behind a gateway is as public as the gateway")
{
    for (const char* url :
         {"https://video.example.org", "http://192.168.1.7:5000/", "video.example.org", "https://localhost.example"}) {
        CAPTURE(url);
        CHECK(access_rule({"127.0.0.1:5000", url, false, true})->access == Access::tokens);
        const auto refused = access_rule({"127.0.0.1:5000", url, false, false});
        REQUIRE_FALSE(refused);
        CHECK(refused.error().message.find(url) != std::string::npos);
        const auto opened = access_rule({"127.0.0.1:5000", url, true, false});
        CHECK(opened->access == Access::open);
        CHECK_FALSE(opened->only_loopback);
    }
}

TEST_CASE("which pages may administer a server that asks for no token")
{
    const bool local = true, everywhere = false;
    CHECK_FALSE(is_foreign_page("", "127.0.0.1:5000", local));
    CHECK_FALSE(is_foreign_page("http://127.0.0.1:5000", "127.0.0.1:5000", local));
    CHECK_FALSE(is_foreign_page("http://localhost:3000", "127.0.0.1:5000", local)); // a web app under development
    CHECK(is_foreign_page("https://evil.example", "127.0.0.1:5000", local));
    CHECK(is_foreign_page("null", "127.0.0.1:5000", local));
    CHECK(is_foreign_page("http://127.0.0.1.evil.example", "127.0.0.1:5000", local));
    CHECK(is_foreign_page("http://evil.example:5000", "evil.example:5000", local)); // a name made to lead here
    CHECK(is_foreign_page("", "evil.example:5000", local));
    CHECK_FALSE(is_foreign_page("http://media.lan:5000", "media.lan:5000", everywhere));
    CHECK(is_foreign_page("https://evil.example", "media.lan:5000", everywhere));
    CHECK(is_foreign_page("http://localhost:3000", "media.lan:5000", everywhere));
}
