#include "access/access_rule.hpp"

#include <doctest/doctest.h>

using namespace vitrina;

TEST_CASE("loopback is open, tokens or not")
{
    for (const char* listen : {"127.0.0.1", "127.0.0.1:5000", "127.8.9.1", "::1", "[::1]:5000", "localhost:80"}) {
        CAPTURE(listen);
        CHECK(access_rule(listen, false, false)->access == Access::open);
        CHECK(access_rule(listen, false, true)->access == Access::open);
    }
}

TEST_CASE("elsewhere: closed with tokens, open only when told so, refused with neither")
{
    for (const char* listen : {"0.0.0.0:5000", "10.0.0.4", "::", "[::]:80", "192.168.1.7:80", "127.0.0.1.example.org:80",
                               "127.evil.example", "127.0.0.1.1", "127.0.0.256", "localhost.example", "", ":5000", "["}) {
        CAPTURE(listen);
        CHECK(access_rule(listen, false, true)->access == Access::tokens);
        CHECK(access_rule(listen, true, false)->access == Access::open);
        const auto refused = access_rule(listen, false, false);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().code == "VT-AUT-001");
        CHECK(refused.error().hint.find("token create") != std::string::npos);
    }
}
