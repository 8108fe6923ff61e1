#include "core/base64url.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

using namespace vitrina;

TEST_CASE("the examples of RFC 4648, without padding")
{
    CHECK(to_base64url("") == "");
    CHECK(to_base64url("f") == "Zg");
    CHECK(to_base64url("fo") == "Zm8");
    CHECK(to_base64url("foo") == "Zm9v");
    CHECK(to_base64url("foobar") == "Zm9vYmFy");
    CHECK(to_base64url("\xfb\xff") == "-_8");
}

TEST_CASE("any bytes come back; every text has one meaning or none")
{
    CHECK(rc::check("round trip",
                    [](const std::string& bytes) { RC_ASSERT(from_base64url(to_base64url(bytes)) == bytes); }));
    CHECK(rc::check("one spelling each", [] {
        const auto text = *rc::gen::container<std::string>(rc::gen::element('A', 'B', 'g', 'z', '9', '-', '_'));
        const auto bytes = from_base64url(text);
        if (bytes)
            RC_ASSERT(to_base64url(*bytes) == text);
    }));
    for (const char* text : {"Z", "Zg==", "Zh", "Zm9v+", "Zm 9v"}) {
        CAPTURE(text);
        CHECK_FALSE(from_base64url(text));
    }
}
