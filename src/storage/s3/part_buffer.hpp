#pragma once
#include "storage/s3/part_memory.hpp"

#include <cstddef>
#include <memory>
#include <span>

namespace vitrina {

// The bytes of one part. It takes address space for all of it at once and memory as it is filled; both go back to the
// system at the end, and not to an allocator that keeps them, so that what PartMemory counts is what the process holds.
class PartBuffer {
public:
    PartBuffer(std::shared_ptr<PartMemory::Share> share, std::size_t capacity);
    ~PartBuffer();
    PartBuffer(const PartBuffer&) = delete;
    PartBuffer& operator=(const PartBuffer&) = delete;

    // How large the share must be before these bytes are appended; 0 when it is already.
    std::uint64_t wants(std::size_t more) const;
    void may_hold(std::uint64_t size) { granted_ = size; }
    void append(std::span<const std::byte> bytes);

    std::span<const std::byte> bytes() const { return {begin_, size_}; }
    std::size_t room() const { return capacity_ - size_; }
    const std::shared_ptr<PartMemory::Share>& share() const { return share_; }

private:
    const std::shared_ptr<PartMemory::Share> share_;
    const std::size_t capacity_;
    std::byte* const begin_;
    std::size_t size_ = 0;
    std::uint64_t granted_ = 0;
};

} // namespace vitrina
