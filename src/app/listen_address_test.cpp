#include "app/listen_address.hpp"

#include <doctest/doctest.h>

using namespace vitrina;

TEST_CASE("an address and a port are read in the ways people write them")
{
    const auto parse = [](const char* text) { return ListenAddress::parse("VITRINA_LISTEN", text); };
    CHECK(parse("127.0.0.1:5000")->port == 5000);
    CHECK(parse("[::1]:0")->host == "::1");
    CHECK(parse(":80")->host == "::");
    CHECK(parse("localhost:1")->host == "127.0.0.1");
    for (const char* bad : {"", "5000", "127.0.0.1", "::1:5000", "host:", "host:65536", "host:-1", "host:5000 "})
        CHECK_FALSE(parse(bad));
}
