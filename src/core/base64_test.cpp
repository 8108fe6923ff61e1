#include "core/base64.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

using namespace vitrina;

TEST_CASE("the examples of RFC 4648")
{
    CHECK(to_base64("") == "");
    CHECK(to_base64("f") == "Zg==");
    CHECK(to_base64("fo") == "Zm8=");
    CHECK(to_base64("foo") == "Zm9v");
    CHECK(to_base64("\xfb\xff") == "+/8=");
}

TEST_CASE("bytes come back from base64; every text has one meaning or none")
{
    CHECK(rc::check("round trip", [](const std::string& bytes) { RC_ASSERT(from_base64(to_base64(bytes)) == bytes); }));
    CHECK(rc::check("one spelling each", [] {
        const auto text = *rc::gen::container<std::string>(rc::gen::element('A', 'B', 'g', 'z', '9', '+', '/', '='));
        if (const auto bytes = from_base64(text))
            RC_ASSERT(to_base64(*bytes) == text);
    }));
    for (const char* text : {"Zg", "Zg=", "Zg==Zg==", "Zh==", "-_8=", "====", "Zm 9"}) {
        CAPTURE(text);
        CHECK_FALSE(from_base64(text));
    }
}
