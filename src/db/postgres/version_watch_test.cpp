#include "db/postgres/version_watch.hpp"

#include "core/alarm.hpp"
#include "core/errors.hpp"

#include <boost/asio/co_spawn.hpp>
#include <doctest/doctest.h>
#include <string>
#include <vector>

using namespace vitrina;
using namespace std::chrono_literals;

namespace {

// A server that answers when it is told to.
struct SlowServer {
    boost::asio::io_context loop{1};
    Alarm answer{loop.get_executor()};
    int questions = 0;
    std::string state = "one";
    bool fails = false;

    Task<std::string> ask()
    {
        ++questions;
        std::string seen = state; // as it was when the question came
        co_await answer.wait(1h);
        if (fails)
            throw Unavailable("the server is away");
        co_return seen;
    }
};

// Who asks, and what came of it.
struct Asker {
    std::uint64_t number = 0;
    std::string trouble;
};

struct Town {
    SlowServer server;
    VersionWatch watch{[this] { return server.ask(); }};

    void come(Asker& who, std::chrono::milliseconds patience = 1h)
    {
        boost::asio::co_spawn(server.loop.get_executor(), watch.number(patience),
                              [&who](std::exception_ptr failed, std::uint64_t number) {
            who.number = number;
            try {
                if (failed)
                    std::rethrow_exception(failed);
            } catch (const Unavailable& e) {
                who.trouble = e.what();
            }
        });
        settle();
    }
    void settle()
    {
        server.loop.restart();
        server.loop.poll();
    }
    void answer()
    {
        server.answer.ring();
        settle();
    }
};

} // namespace

TEST_CASE("those who come while a question is under way share the next one, and none is given an older answer")
{
    Town town;
    Asker first;
    town.come(first);
    std::vector<Asker> late(20);
    town.server.state = "two"; // committed after the first question was put, before the others came
    for (Asker& one : late)
        town.come(one);
    CHECK(town.server.questions == 1);

    town.answer();
    CHECK(first.number != 0);
    CHECK(town.server.questions == 2);
    CHECK(late.front().number == 0);

    town.answer();
    CHECK(town.server.questions == 2);
    for (const Asker& one : late) {
        CHECK(one.number == late.front().number);
        CHECK(one.number != first.number);
    }
}

TEST_CASE("the number is the same as long as the server says the same")
{
    Town town;
    std::vector<Asker> askers(3);
    for (Asker& one : askers) {
        town.come(one);
        town.answer();
    }
    CHECK(town.server.questions == 3);
    CHECK(askers[0].number == askers[2].number);
}

TEST_CASE("a question that fails is told to all it was put for, and to nobody else")
{
    Town town;
    std::vector<Asker> askers(3);
    for (Asker& one : askers)
        town.come(one);
    town.answer();
    town.server.fails = true;
    Asker next;
    town.come(next);
    town.answer();
    CHECK(askers[0].trouble.empty());
    CHECK(askers[1].trouble == "the server is away");
    CHECK(askers[2].trouble == "the server is away");

    town.server.fails = false;
    town.answer();
    CHECK(next.trouble.empty());
    CHECK(next.number == askers[0].number);
}

TEST_CASE("who waits too long is told, and is not in the way of the others")
{
    Town town;
    Asker first, hasty, patient;
    town.come(first);
    town.come(hasty, 1ms);
    town.come(patient);
    while (hasty.trouble.empty())
        town.server.loop.run_one();
    CHECK(hasty.trouble.find("busy") != std::string::npos);
    town.answer();
    town.answer();
    CHECK(patient.number == first.number);
}
