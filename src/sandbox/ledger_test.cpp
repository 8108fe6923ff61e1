#include "core/digest.hpp"
#include "sandbox/test_youtube.hpp"

#include <csignal>
#include <sys/wait.h>
#include <unistd.h>

using namespace vitrina;
using namespace vitrina::sandbox;

namespace {

// Runs the work in a child process that then dies at once, without flushing or closing anything.
template <class Work>
void killed_after(Work work)
{
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        bool worked = true;
        try {
            work();
        } catch (...) {
            worked = false;
        }
        if (worked)
            ::raise(SIGKILL);
        ::_exit(1);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFSIGNALED(status));
    REQUIRE(WTERMSIG(status) == SIGKILL);
}

} // namespace

TEST_CASE("accounts, half uploads, posts and the clock survive a kill")
{
    const TemporaryFolder folder;
    const std::string bytes(2 * chunk + 10, 'k');
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    killed_after([&] {
        TestWorld world(folder.path);
        YoutubeClient client(world);
        client.publish("a finished one");
        const std::string session = client.open(bytes.size());
        world.send(client.putting(session, bytes, 0, chunk));
        world.clock.advance(std::chrono::seconds{1000});
        const std::string said = client.token + "\n" + session;
        if (::write(ends[1], said.data(), said.size()) != static_cast<ssize_t>(said.size()))
            throw std::runtime_error("write");
    });
    std::string said(4096, '\0');
    said.resize(static_cast<std::size_t>(::read(ends[0], said.data(), said.size())));
    ::close(ends[0]);
    ::close(ends[1]);
    const std::string session = said.substr(said.find('\n') + 1);

    TestWorld world(folder.path);
    CHECK(world.clock.now() == world.manual.now() + std::chrono::seconds{1000});
    REQUIRE(world.ledger.list().size() == 1);
    YoutubeClient client(world);
    client.token = said.substr(0, said.find('\n'));
    CHECK(client.probe(session, bytes.size()).headers.get("Range") == "bytes=0-262143");
    CHECK(world.send(client.putting(session, bytes, chunk, bytes.size())).status == 201);
    REQUIRE(world.ledger.list().size() == 2);
    CHECK(world.ledger.list()[1].sha256 == sha256_hex(bytes));
}

TEST_CASE("a post accepted in the instant before a kill is there, once")
{
    const TemporaryFolder folder;
    for (std::size_t n = 1; n <= 5; ++n) {
        killed_after([&] {
            TestWorld world(folder.path);
            world.script(R"({"match":"accepted","fault":"drop_after_accept"})");
            YoutubeClient client(world);
            world.send(client.putting(client.open(5), "bytes", 0, 5));
        });
        TestWorld world(folder.path);
        CHECK(world.ledger.list().size() == n);
    }
}

TEST_CASE("a network never has two posts of one id")
{
    TestWorld world;
    const Post post{"youtube", "alice", "1", "video"};
    world.ledger.add(post);
    CHECK_THROWS(world.ledger.add(post));
    CHECK(world.ledger.list().size() == 1);
}

TEST_CASE("the same seed and the same calls give the same ids and times")
{
    const auto story = [](const std::string& seed) {
        TestWorld world({}, seed);
        YoutubeClient client(world);
        const std::string id = client.publish("bytes");
        return id + client.token + rfc3339(world.ledger.list()[0].ready) + world.names.uuid() + world.names.number(18);
    };
    CHECK(story("one") == story("one"));
    CHECK(story("one") != story("two"));
}
