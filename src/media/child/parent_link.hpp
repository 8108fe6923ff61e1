#pragma once
#include "media/media_reply.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace vitrina {

// A media child's only descriptors besides 0, 1 and 2, which are /dev/null.
inline constexpr int parent_descriptor = 3;
inline constexpr int file_descriptor = 4; // comes with the job, if at all
inline constexpr int highest_child_descriptor = file_descriptor;

// The child's end of the conversation with its parent. Blocking: the child has nothing else to do. When the parent is
// gone, or its source failed, there is nobody to answer and the process ends here.
class ParentLink {
public:
    // Nothing when the parent went away without giving one: a spare child that was not needed.
    std::optional<MediaJob> wait_for_job();
    // Up to out.size() bytes (at most max_read) of the file; 0 at its end.
    std::size_t read(std::uint64_t offset, std::span<std::byte> out);
    void tell(const MediaReply& reply);

private:
    void receive(std::span<std::byte> out);
};

} // namespace vitrina
