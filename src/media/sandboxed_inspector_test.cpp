#include "media/sandboxed_inspector.hpp"

#include "core/errors.hpp"
#include "media/media_files_test.hpp"
#include "media/sanitized.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <doctest/doctest.h>

#include <sys/wait.h>

#include <cerrno>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <vector>

using namespace vitrina;
using namespace std::chrono_literals;

namespace {

// Half a second of sound, needing no FFmpeg to make: 16-bit mono PCM at 8 kHz.
std::string small_wav()
{
    auto little = [](std::uint32_t value, int width) {
        std::string bytes;
        for (int i = 0; i < width; ++i)
            bytes.push_back(static_cast<char>(value >> (8 * i)));
        return bytes;
    };
    std::string samples(8000, '\x11');
    return "RIFF" + little(36 + 8000, 4) + "WAVEfmt " + little(16, 4) + little(1, 2) + little(1, 2) + little(8000, 4) +
           little(16000, 4) + little(2, 2) + little(16, 2) + "data" + little(8000, 4) + samples;
}

std::string deed(const std::string& name)
{
    return "misbehave:" + name + "\n" + std::string(100, ' ');
}

// Several files through one inspector on one loop.
class Desk {
public:
    explicit Desk(InspectorOptions options) : inspector(loop.get_executor(), std::move(options)) {}

    void hand_in(std::string name, MediaSource source)
    {
        auto keep = [this, name](std::exception_ptr thrown, std::optional<Result<MediaFacts>> result) {
            order.push_back(name);
            if (!thrown)
                results.emplace(name, std::move(*result));
            failures.emplace(name, thrown);
        };
        boost::asio::co_spawn(loop.get_executor(), inspect(std::move(source)), keep);
    }

    std::string code_of(const std::string& name) const
    {
        auto& result = results.at(name);
        return result ? "facts" : result.error().code;
    }

    boost::asio::io_context loop;
    SandboxedInspector inspector;
    std::vector<std::string> order;
    std::map<std::string, Result<MediaFacts>> results;
    std::map<std::string, std::exception_ptr> failures;

private:
    Task<std::optional<Result<MediaFacts>>> inspect(MediaSource source)
    {
        auto result = co_await inspector.inspect(std::move(source));
        co_return result;
    }
};

bool no_children_left()
{
    return waitpid(-1, nullptr, WNOHANG) == -1 && errno == ECHILD;
}

struct Proof {
    const char* deed;
    const char* code;
    std::uint64_t InspectorCounts::* counter;
};

const std::vector<Proof> proofs{
    {"create", "VT-MED-003", &InspectorCounts::forbidden},
    {"unlink", "VT-MED-003", &InspectorCounts::forbidden},
    {"write to file", "VT-MED-003", &InspectorCounts::forbidden},
    {"socket", "VT-MED-003", &InspectorCounts::forbidden},
    {"execute", "VT-MED-003", &InspectorCounts::forbidden},
    {"fork bomb", "VT-MED-003", &InspectorCounts::forbidden},
    {"kill parent", "VT-MED-003", &InspectorCounts::forbidden},
    {"trace parent", "VT-MED-003", &InspectorCounts::forbidden},
    {"executable memory", "VT-MED-003", &InspectorCounts::forbidden},
    {"become dumpable", "VT-MED-003", &InspectorCounts::forbidden},
    {"crash", "VT-MED-003", &InspectorCounts::crashed},
    {"abort", "VT-MED-003", &InspectorCounts::crashed},
    {"leave", "VT-MED-003", &InspectorCounts::crashed},
    {"babble", "VT-MED-003", &InspectorCounts::crashed},
    {"long reply", "VT-MED-003", &InspectorCounts::crashed},
};

} // namespace

TEST_CASE("J3: whatever a file makes the child do, it dies of it, and a sibling is read at the same time")
{
    TemporaryFolder folder;
    for (const Proof& proof : proofs) {
        std::string name = proof.deed;
        CAPTURE(name);
        std::ofstream(folder / "hostile") << deed(name);
        Desk desk(test_options());
        desk.hand_in("hostile", from_disk(folder / "hostile"));
        desk.hand_in("sibling", from_memory(small_wav()));
        desk.loop.run();
        CHECK(desk.code_of("hostile") == proof.code);
        CHECK(desk.code_of("sibling") == "facts");
        CHECK(desk.inspector.counts().*proof.counter == 1);
        CHECK(desk.inspector.counts().facts == 1);
        CHECK(no_children_left());
    }
    CHECK(read_whole(folder / "hostile").starts_with("misbehave:"));
}

TEST_CASE("J3: a file cannot be opened from within, not even one that everybody may read")
{
    Result<MediaFacts> result = inspect(from_memory(deed("open")));
    REQUIRE(result);
    CHECK(result->audio_codec == "refused");
}

TEST_CASE("J3: memory ends at its limit, taken at once or bit by bit")
{
    InspectorOptions options = test_options();
    options.memory = std::uint64_t{256} << 20;
    Desk desk(options);
    desk.hand_in("at once", from_memory(deed("eat at once")));
    if (!sanitized) // address space has no limit under a sanitizer
        desk.hand_in("bit by bit", from_memory(deed("eat memory")));
    desk.hand_in("sibling", from_memory(small_wav()));
    desk.loop.run();
    if (!sanitized) {
        CHECK(desk.code_of("at once") == "VT-MED-005");
        CHECK(desk.code_of("bit by bit") == "VT-MED-005");
    } else {
        // Ended by the sanitizer, or by the kernel where the machine has not that much: from outside, then.
        CHECK((desk.failures["at once"] || desk.code_of("at once") == "VT-MED-003"));
    }
    CHECK(desk.code_of("sibling") == "facts");
}

TEST_CASE("J3: a child that computes without end dies by its CPU limit")
{
    InspectorOptions options = test_options();
    options.cpu_time = 1s;
    options.wall_time = 60s;
    Desk desk(options);
    desk.hand_in("spin", from_memory(deed("spin")));
    desk.hand_in("sibling", from_memory(small_wav()));
    desk.loop.run();
    CHECK(desk.code_of("spin") == "VT-MED-005");
    CHECK(desk.code_of("sibling") == "facts");
    CHECK(desk.inspector.counts().too_costly == 1);
}

TEST_CASE("J3: a child that takes too long is killed, and its place goes to the next")
{
    InspectorOptions options = test_options();
    options.children = 1;
    options.wall_time = 3s;
    Desk desk(options);
    desk.hand_in("spin", from_memory(deed("spin")));
    desk.hand_in("next", from_memory(small_wav()));
    desk.loop.run();
    CHECK(desk.code_of("spin") == "VT-MED-004");
    CHECK(desk.code_of("next") == "facts");
    CHECK(desk.order == std::vector<std::string>{"spin", "next"});
    CHECK(desk.inspector.counts().too_slow == 1);
    CHECK(no_children_left());
}

TEST_CASE("what the source throws is what inspect() throws")
{
    MediaSource source{.size = 1000};
    source.read = [](std::uint64_t, std::span<std::byte>) -> Task<std::size_t> {
        throw Unavailable("the store is away");
    };
    CHECK_THROWS_AS((void)inspect(std::move(source)), Unavailable);
    CHECK(no_children_left());
}

TEST_CASE("a program that is not there, or not ours, is our trouble and not the file's")
{
    InspectorOptions options = test_options();
    options.program = "/nowhere/vitrina";
    CHECK_THROWS_AS((void)inspect(from_memory(small_wav()), options), Unavailable);
}

TEST_CASE("a prepared child serves the next file")
{
    {
        Desk desk(test_options());
        desk.inspector.prepare();
        desk.inspector.prepare();
        desk.hand_in("wav", from_memory(small_wav()));
        while (desk.order.empty()) // the spare's timer would keep run() waiting
            desk.loop.run_one();
        CHECK(desk.code_of("wav") == "facts");
    }
    CHECK(no_children_left());
}

TEST_CASE("a prepared child is let go when no file comes")
{
    InspectorOptions options = test_options();
    options.spare_kept = 1ms;
    Desk desk(options);
    desk.inspector.prepare();
    CHECK_FALSE(no_children_left());
    desk.loop.run();
    CHECK(no_children_left());
}

TEST_CASE("nonsense of every length is not media")
{
    CHECK(inspect(from_memory("")).error().code == "VT-MED-001");
    CHECK(inspect(from_memory("x")).error().code == "VT-MED-001");
    std::string noise(300'000, '\0');
    std::uint32_t state = 1;
    for (char& c : noise)
        c = static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
    CHECK(inspect(from_memory(noise)).error().code == "VT-MED-001");
    CHECK(inspect(from_memory(std::string(300'000, '\0'))).error().code == "VT-MED-001");
}

TEST_CASE("playlists and pictures are not accepted, and playlists lead nowhere")
{
    std::string playlist = "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nfile:///etc/passwd\n";
    Result<MediaFacts> hls = inspect(from_memory(playlist));
    REQUIRE_FALSE(hls);
    CHECK(hls.error().code == "VT-MED-002");
    Result<MediaFacts> concat = inspect(from_memory("ffconcat version 1.0\nfile /etc/passwd\n"));
    REQUIRE_FALSE(concat);
    CHECK(concat.error().code == "VT-MED-002");
}
