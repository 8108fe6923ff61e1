#include "access/media_urls.hpp"

#include "unit/manual_clock.hpp"
#include "unit/run.hpp"
#include "unit/test_database.hpp"

#include <doctest/doctest.h>

using namespace vitrina;

TEST_CASE("a signature opens its own video only, stays the same, and ends with a revocation")
{
    const auto database = open_test_database();
    const ManualClock clock;
    MediaUrls urls(*database, clock);
    const VideoId cats = VideoId::make(clock.now());
    const VideoId dogs = VideoId::make(clock.now());

    auto signer = run(urls.signer());
    const std::string signature = signer->sign(cats);
    CHECK(signature.size() == 22);
    CHECK(signer->check(cats, signature));
    CHECK_FALSE(signer->check(dogs, signature));
    CHECK_FALSE(signer->check(cats, ""));
    CHECK_FALSE(signer->check(cats, signature.substr(1) + "A"));

    MediaUrls another_process(*database, clock);
    CHECK(run(another_process.signer())->sign(cats) == signature);

    run(urls.revoke(cats));
    signer = run(urls.signer());
    CHECK_FALSE(signer->check(cats, signature));
    CHECK(signer->check(cats, signer->sign(cats)));
    CHECK(signer->check(dogs, signer->sign(dogs)));
    CHECK_FALSE(run(another_process.signer())->check(cats, signature));
}
