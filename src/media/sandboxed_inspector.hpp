#pragma once
#include "media/inspector.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace vitrina {

struct InspectorOptions {
    std::string program = "/proc/self/exe"; // run as `program media-child …`
    std::size_t children = 2;               // at once; further files wait
    std::chrono::milliseconds wall_time{20'000};
    std::chrono::seconds cpu_time{10};
    std::uint64_t memory = std::uint64_t{1} << 30;           // bytes a child may allocate
    std::uint64_t max_pixels = std::uint64_t{8192} * 4352;   // of one frame
    std::chrono::milliseconds spare_kept{60'000};            // how long an unused ready child is kept
};

// How the children ended, for metrics.
struct InspectorCounts {
    std::uint64_t facts = 0;      // gave facts
    std::uint64_t refused = 0;    // said why not
    std::uint64_t crashed = 0;    // died by a signal, or answered nonsense
    std::uint64_t forbidden = 0;  // killed by the sandbox for what it tried
    std::uint64_t too_slow = 0;   // killed by the wall clock
    std::uint64_t too_costly = 0; // killed by its CPU limit
};

// Starts one child process per file. Any loop may call inspect(); the work is done on the caller's loop.
// `home` is the loop on which an unused spare child is let go. Destroy it after the loops have stopped, or on home.
class SandboxedInspector final : public MediaInspector {
public:
    SandboxedInspector(Executor home, InspectorOptions options);
    ~SandboxedInspector() override;
    SandboxedInspector(const SandboxedInspector&) = delete;
    SandboxedInspector& operator=(const SandboxedInspector&) = delete;

    Task<Result<MediaFacts>> inspect(MediaSource source) override;
    void prepare() noexcept override;
    InspectorCounts counts() const;

private:
    struct State;
    std::shared_ptr<State> state_;
};

} // namespace vitrina
