#include "webhooks/signature.hpp"

#include <doctest/doctest.h>
#include <vector>

using namespace vitrina;

namespace {

Instant at_second(std::int64_t second)
{
    return Instant{std::chrono::seconds{second}};
}

} // namespace

TEST_CASE("a message is signed as Standard Webhooks' own example is")
{
    const std::vector secrets{*SigningSecret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")};
    CHECK(webhook_signature(secrets, "msg_p5jXN8AQM9LWM0D4loKWxJek", at_second(1614265330),
                            R"({"test": 2432232314})") == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

TEST_CASE("several secrets sign side by side")
{
    const std::vector secrets{SigningSecret::make(), SigningSecret::make()};
    const std::string both = webhook_signature(secrets, "id", at_second(1), "{}");
    const std::string first = webhook_signature(std::span(secrets).first(1), "id", at_second(1), "{}");
    const std::string second = webhook_signature(std::span(secrets).last(1), "id", at_second(1), "{}");
    CHECK(both == first + " " + second);
    CHECK(first != second);
}

TEST_CASE("a secret reads back as it is shown")
{
    const SigningSecret made = SigningSecret::make();
    const auto read = SigningSecret::parse(made.text().reveal());
    REQUIRE(read);
    CHECK(read->bytes().reveal() == made.bytes().reveal());
    CHECK(made.bytes().reveal().size() == 32);
    CHECK(made.text().reveal() != SigningSecret::make().text().reveal());
}

TEST_CASE("what is no secret is refused")
{
    for (const char* text : {"", "whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_c2hvcnQ=", "whsec_not base64!",
                             "whpk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}) {
        CAPTURE(text);
        CHECK_FALSE(SigningSecret::parse(text));
    }
}

TEST_CASE("the time of a message is in whole seconds")
{
    CHECK(webhook_timestamp(Instant{std::chrono::microseconds{1'614'265'330'999'999}}) == "1614265330");
}
