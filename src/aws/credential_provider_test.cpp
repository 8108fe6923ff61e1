#include "aws/credential_provider.hpp"

#include "core/event_loops.hpp"
#include "core/sleep.hpp"
#include "unit/manual_clock.hpp"
#include "unit/run.hpp"

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <doctest/doctest.h>
#include <future>
#include <map>

using namespace vitrina;
using namespace std::chrono_literals;

namespace {

// Gives KEY1, KEY2, …, each good for a while, or fails when it is told to.
class Mint final : public AwsCredentialSource {
public:
    enum class Mood { gives, fails, refuses };

    Mint(ManualClock& clock, std::optional<std::chrono::seconds> good_for) : clock_(clock), good_for_(good_for) {}

    Task<AwsCredentials> fetch() override
    {
        const int number = ++asked;
        if (takes.load().count() > 0)
            co_await sleep_for(takes.load());
        if (mood == Mood::fails)
            throw Unavailable("the mint is closed");
        if (mood == Mood::refuses)
            throw AwsRefused("the mint does not know you");
        AwsCredentials made{"KEY" + std::to_string(number), Secret("secret"), Secret("token"), {}};
        if (good_for_)
            made.expires = clock_.now() + *good_for_;
        co_return made;
    }

    std::atomic<int> asked = 0;
    std::atomic<Mood> mood = Mood::gives;
    std::atomic<std::chrono::milliseconds> takes{};

private:
    ManualClock& clock_;
    const std::optional<std::chrono::seconds> good_for_;
};

struct Fixture {
    explicit Fixture(std::optional<std::chrono::seconds> good_for)
    {
        auto made = std::make_unique<Mint>(clock, good_for);
        mint = made.get();
        provider = std::make_unique<AwsCredentialProvider>(std::move(made), &clock);
    }
    std::string key() { return run(provider->get()).access_key; }

    ManualClock clock;
    Mint* mint;
    std::unique_ptr<AwsCredentialProvider> provider;
};

} // namespace

TEST_CASE("aws credentials: those that end are renewed three to five minutes before, others never")
{
    Fixture hour(3600s);
    CHECK(hour.key() == "KEY1");
    hour.clock.advance(54min + 59s);
    CHECK(hour.key() == "KEY1");
    hour.clock.advance(2min + 1s);
    CHECK(hour.key() == "KEY2");
    CHECK(hour.mint->asked == 2);

    Fixture permanent(std::nullopt);
    CHECK(permanent.key() == "KEY1");
    permanent.clock.advance(24h * 365);
    CHECK(permanent.key() == "KEY1");
    CHECK(permanent.mint->asked == 1);
}

TEST_CASE("aws credentials: every moment of a long life has good ones, short as each may be")
{
    for (const auto good_for : {20s, 90s, 900s, 3600s}) {
        CAPTURE(good_for.count());
        Fixture life(good_for);
        for (auto passed = 0s; passed < 4 * good_for; passed += 1s) {
            const AwsCredentials now = run(life.provider->get());
            REQUIRE(*now.expires > life.clock.now());
            life.clock.advance(1s);
        }
        CHECK(life.mint->asked >= 4);
        CHECK(life.mint->asked <= 8);
    }
}

TEST_CASE("aws credentials: the old ones are used until their end when there are no new ones, and not after")
{
    for (const auto mood : {Mint::Mood::fails, Mint::Mood::refuses}) {
        Fixture hour(3600s);
        CHECK(hour.key() == "KEY1");
        hour.mint->mood = mood;
        hour.clock.advance(57min);
        CHECK(hour.key() == "KEY1");
        CHECK(hour.mint->asked == 2);
        CHECK(hour.key() == "KEY1");
        CHECK(hour.mint->asked == 2); // the source is left alone for a while
        hour.clock.advance(46s);
        CHECK(hour.key() == "KEY1");
        CHECK(hour.mint->asked == 3);
        hour.clock.advance(3min);
        if (mood == Mint::Mood::refuses)
            CHECK_THROWS_AS(hour.key(), AwsRefused);
        else
            CHECK_THROWS_WITH_AS(hour.key(), "the mint is closed", Unavailable);
        const int asked = hour.mint->asked;
        CHECK_THROWS_AS(hour.key(), Unavailable);
        CHECK(hour.mint->asked == asked); // said again without asking
        hour.mint->mood = Mint::Mood::gives;
        hour.clock.advance(2s);
        CHECK(hour.key() == "KEY" + std::to_string(asked + 1));
    }
}

TEST_CASE("aws credentials: what the source gives is used although it has ended by our clock")
{
    Fixture late(-3600s);
    CHECK(late.key() == "KEY1");
    CHECK(late.key() == "KEY1");
    CHECK(late.mint->asked == 1);
    late.clock.advance(46s);
    CHECK(late.key() == "KEY2");
}

TEST_CASE("aws credentials: one asks, whoever comes meanwhile waits or goes on with the old ones")
{
    Fixture hour(3600s);
    hour.mint->takes = 50ms;
    const auto ask_at_once = [&] {
        EventLoops loops(4);
        loops.start();
        std::vector<std::future<std::string>> answers;
        for (std::size_t i = 0; i < 16; ++i) {
            const auto promise = std::make_shared<std::promise<std::string>>();
            answers.push_back(promise->get_future());
            boost::asio::co_spawn(loops.executor(i % 4), hour.provider->get(),
                                  [promise](std::exception_ptr thrown, AwsCredentials got) {
                promise->set_value(thrown ? "thrown" : got.access_key);
            });
        }
        std::map<std::string, int> counts;
        for (auto& answer : answers)
            ++counts[answer.get()];
        return counts;
    };
    CHECK(ask_at_once() == std::map<std::string, int>{{"KEY1", 16}});
    CHECK(hour.mint->asked == 1);
    hour.clock.advance(57min);
    const auto counts = ask_at_once();
    CHECK(hour.mint->asked == 2);
    CHECK(counts.contains("KEY2"));
    CHECK_FALSE(counts.contains("thrown"));
}

TEST_CASE("aws credentials: a service that refuses them makes the source be asked, but not all the time")
{
    Fixture permanent(std::nullopt);
    CHECK(permanent.key() == "KEY1");
    CHECK(run(permanent.provider->renew("KEY1")));
    CHECK(permanent.key() == "KEY2");
    CHECK(run(permanent.provider->renew("KEY1"))); // somebody else did it
    CHECK(permanent.mint->asked == 2);
    CHECK_FALSE(run(permanent.provider->renew("KEY2")));
    CHECK(permanent.mint->asked == 2);
    permanent.clock.advance(1min);
    permanent.mint->mood = Mint::Mood::fails;
    CHECK_FALSE(run(permanent.provider->renew("KEY2")));
    CHECK(permanent.key() == "KEY2");

    const auto fixed = fixed_aws_credentials("A", Secret("b"));
    CHECK_FALSE(run(fixed->renew("A")));
    CHECK(run(fixed->get()).access_key == "A");
}
