#include "storage/s3/part_memory.hpp"

#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <doctest/doctest.h>
#include <random>
#include <vector>

using namespace vitrina;

namespace {

constexpr std::uint64_t part = 8;

// A loop that is run until nothing more can happen.
struct Room {
    explicit Room(std::uint64_t total) : memory(loop.get_executor(), total, part) {}

    std::shared_ptr<PartMemory::Share> share() { return memory.share(std::make_shared<PartMemory::Upload>()); }

    // Whether it may hold that much at once; else `granted` becomes true later.
    bool grows(const std::shared_ptr<PartMemory::Share>& share, std::uint64_t size, bool& granted)
    {
        granted = false;
        boost::asio::co_spawn(loop.get_executor(), PartMemory::grow(share, size),
                              [&granted](std::exception_ptr) { granted = true; });
        settle();
        return granted;
    }
    void settle()
    {
        loop.restart();
        loop.poll();
    }

    boost::asio::io_context loop{1};
    PartMemory memory;
};

} // namespace

TEST_CASE("memory is granted while one of the buffers can still become a whole part")
{
    Room room(10);
    auto first = room.share(), second = room.share(), third = room.share();
    bool a = false, b = false, c = false;
    CHECK(room.grows(first, 5, a)); // three more make it whole
    CHECK(room.grows(second, 2, b));
    CHECK_FALSE(room.grows(third, 1, c)); // with that, neither could
    CHECK(room.grows(first, 8, a));
    first->leave();
    room.settle();
    CHECK_FALSE(c); // there is none
    first.reset();
    room.settle();
    CHECK(c);
    CHECK(room.memory.peak() == 10);
}

TEST_CASE("of those who wait, the uploads that hold least come first")
{
    Room room(2 * part);
    const auto large = std::make_shared<PartMemory::Upload>();
    auto sent = room.memory.share(large), next = room.memory.share(large), another = room.share(), small = room.share();
    bool a = false, b = false, c = false;
    REQUIRE(room.grows(sent, part, a));
    sent->leave();
    REQUIRE(room.grows(another, part, b));
    another->leave();
    CHECK_FALSE(room.grows(next, part, a));
    CHECK_FALSE(room.grows(small, part, c));
    another.reset();
    room.settle();
    CHECK(c);
    CHECK_FALSE(a);
    sent.reset();
    room.settle();
    CHECK(a);
}

TEST_CASE("what is dropped while it waits is waited for no more")
{
    Room room(part);
    auto first = room.share();
    bool a = false, b = false;
    REQUIRE(room.grows(first, part, a));
    {
        auto second = room.share();
        CHECK_FALSE(room.grows(second, 1, b));
    }
    first.reset();
    room.settle();
    CHECK(b); // its task ends, and gives back what it was granted
    auto third = room.share();
    CHECK(room.grows(third, part, a));
}

namespace {

// Fills part after part, each by steps, and sends it; some are slower than others.
Task<> upload(Executor loop, PartMemory& memory, std::uint64_t step, int parts, int& done)
{
    const auto account = std::make_shared<PartMemory::Upload>();
    for (int i = 0; i < parts; ++i) {
        const auto share = memory.share(account);
        for (std::uint64_t size = step; size < part + step; size += step) {
            const std::uint64_t wanted = std::min(size, part);
            co_await PartMemory::grow(share, wanted);
        }
        share->leave();
        boost::asio::post(loop, [loop, share] { boost::asio::post(loop, [share] {}); }); // sent some turns later
    }
    ++done;
}

} // namespace

TEST_CASE("however many uploads share however little memory, all of them end, and never hold more")
{
    std::mt19937 dice(20261126);
    for (int round = 0; round < 200; ++round) {
        const std::uint64_t total = part + dice() % (3 * part);
        CAPTURE(round);
        CAPTURE(total);
        Room room(total);
        int done = 0;
        const int uploads = 1 + int(dice() % 40);
        for (int i = 0; i < uploads; ++i)
            boost::asio::co_spawn(
                room.loop.get_executor(),
                upload(room.loop.get_executor(), room.memory, 1 + dice() % part, 1 + int(dice() % 4), done),
                [](std::exception_ptr) {});
        room.settle();
        CHECK(done == uploads);
        CHECK(room.memory.peak() <= total);
    }
}

TEST_CASE("who is cancelled while it waits for memory leaves its place")
{
    Room room(part);
    auto first = room.share();
    bool a = false, b = false, c = false;
    CHECK(room.grows(first, part, a));
    boost::asio::cancellation_signal cancel;
    {
        auto second = room.share();
        boost::asio::co_spawn(
            room.loop.get_executor(), PartMemory::grow(second, 1),
            boost::asio::bind_cancellation_slot(cancel.slot(), [&b](std::exception_ptr) { b = true; }));
        room.settle();
        CHECK_FALSE(b);
        cancel.emit(boost::asio::cancellation_type::terminal);
        room.settle();
        CHECK(b);
    }
    room.settle();
    auto third = room.share();
    CHECK_FALSE(room.grows(third, 1, c));
    first.reset();
    room.settle();
    CHECK(c);
}
