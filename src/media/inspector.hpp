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
    // Fills up to out.size() bytes from `offset`; 0 at the end. What it throws, inspect() throws. Not used, and may
    // be empty, when there is a descriptor.
    std::function<Task<std::size_t>(std::uint64_t offset, std::span<std::byte> out)> read;
    // Of a local file, or -1: the child may then read it itself. Must be open for reading only, nothing else; stays
    // the caller's, who keeps it open until inspect() returns.
    int descriptor = -1;
};

// Reads media in a child process that has no network, no file system and no exec. At most `children` at once.
class MediaInspector {
public:
    virtual ~MediaInspector() = default;
    // A Fault (unsupported_media, with a stable code of media/media_fault.hpp and a sentence) when the file cannot be
    // read: not media, a container or codec that is not allowed, damaged, or the child crashed, hung or exceeded its
    // budget. Throws Unavailable when the reader itself cannot work here.
    virtual Task<Result<MediaFacts>> inspect(MediaSource source) = 0;
    // A hint that a file is on its way (an upload begins): a child is made ready meanwhile, which takes the 80 ms of
    // loading FFmpeg off the wait at the upload's end. Cheap, never throws, callable from any thread.
    virtual void prepare() noexcept {}
};

} // namespace vitrina
