#pragma once
#include "core/result.hpp"
#include "core/task.hpp"
#include "media/facts.hpp"

#include <cstdint>
#include <functional>
#include <span>

namespace vitrina {

// Where the child's bytes come from: the stored object. Reads are done by the parent, in answer to the child.
struct MediaSource {
    std::uint64_t size = 0;
    // Fills up to out.size() bytes from `offset`; 0 at the end.
    std::function<Task<std::size_t>(std::uint64_t offset, std::span<std::byte> out)> read;
    int descriptor = -1; // of a local file: the child may then read it itself (a read-only descriptor, nothing else)
};

// Reads media in a child process that has no network, no file system and no exec. At most `children` at once.
class MediaInspector {
public:
    virtual ~MediaInspector() = default;
    // A Fault (unsupported_media, with a stable code and a sentence) when the file cannot be read: not media, a
    // container or codec that is not allowed, damaged, or the child crashed, hung or exceeded its budget.
    virtual Task<Result<MediaFacts>> inspect(MediaSource source) = 0;
};

} // namespace vitrina
