#include "api/prefer.hpp"

#include <doctest/doctest.h>

using namespace vitrina;
using namespace std::chrono_literals;

TEST_CASE("wait is found among other preferences, and bounded")
{
    const auto wait = [](std::string prefer) {
        Request request;
        request.headers.add("Prefer", std::move(prefer));
        return preferred_wait(request, 60s);
    };
    CHECK(wait("wait=5") == 5s);
    CHECK(wait("respond-async, Wait = 7; foo=bar") == 7s);
    CHECK(wait("wait=\"3\"") == 3s);
    CHECK(wait("wait=0") == 0s);
    CHECK(wait("wait=4000") == 60s);
    for (const char* text :
         {"", "wait", "wait=", "wait=-1", "wait=1.5", "await=5", "wait=99999999999999", "=,;=", "handling=lenient"}) {
        CAPTURE(text);
        CHECK_FALSE(wait(text));
    }
    CHECK_FALSE(preferred_wait(Request{}));
}
