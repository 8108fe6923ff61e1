#pragma once
#include "core/id.hpp"
#include "core/task.hpp"

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

namespace vitrina {

// Where those who wait for a video's outcome hear of it, within one process. From any thread.
class OutcomeBoard {
public:
    // Hears whatever is announced from its making on.
    class Watch {
    public:
        ~Watch();
        Watch(const Watch&) = delete;
        Watch& operator=(const Watch&) = delete;
        // Until something is announced, or the time is up. Once per announcement is enough: look at the video then.
        Task<> wait(std::chrono::steady_clock::duration patience);

    private:
        friend class OutcomeBoard;
        struct Entry;
        Watch(OutcomeBoard& board, VideoId id, std::shared_ptr<Entry> entry);
        OutcomeBoard& board_;
        VideoId id_;
        std::shared_ptr<Entry> entry_;
    };

    std::unique_ptr<Watch> watch(VideoId id);
    void announce(VideoId id);

private:
    std::mutex mutex_;
    std::multimap<VideoId, std::shared_ptr<Watch::Entry>> watches_;
};

} // namespace vitrina
