#pragma once
#include "media/child/parent_link.hpp"

#include <cstddef>
#include <cstdint>
#include <list>
#include <span>
#include <string>

namespace vitrina {

// The file, inside the child.
class ByteSource {
public:
    virtual ~ByteSource() = default;
    virtual std::uint64_t size() const = 0;
    // Up to out.size() bytes from `offset`; 0 at the end.
    virtual std::size_t read(std::uint64_t offset, std::span<std::byte> out) = 0;
};

// Read by the child itself from the descriptor it was given.
class DescriptorSource final : public ByteSource {
public:
    explicit DescriptorSource(std::uint64_t size) : size_(size) {}
    std::uint64_t size() const override { return size_; }
    std::size_t read(std::uint64_t offset, std::span<std::byte> out) override;

private:
    std::uint64_t size_;
};

// Asked of the parent, in blocks: each question may become a request to a store far away, and a demuxer goes back
// and forth between an index and the media, so the latest blocks are kept.
class ParentSource final : public ByteSource {
public:
    ParentSource(ParentLink& parent, std::uint64_t size) : parent_(parent), size_(size) {}
    std::uint64_t size() const override { return size_; }
    std::size_t read(std::uint64_t offset, std::span<std::byte> out) override;

private:
    struct Block {
        std::uint64_t offset = 0;
        std::string bytes;
    };
    const Block& block_at(std::uint64_t offset);

    ParentLink& parent_;
    std::uint64_t size_;
    std::list<Block> blocks_; // latest first
};

} // namespace vitrina
