#include "media/child/byte_source.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace vitrina {

namespace {
constexpr std::size_t blocks_kept = 16; // 4 MiB
} // namespace

std::size_t DescriptorSource::read(std::uint64_t offset, std::span<std::byte> out)
{
    ssize_t got = 0;
    do
        got = pread(file_descriptor, out.data(), out.size(), static_cast<off_t>(offset));
    while (got < 0 && errno == EINTR);
    return got > 0 ? static_cast<std::size_t>(got) : 0;
}

const ParentSource::Block& ParentSource::block_at(std::uint64_t offset)
{
    auto kept = std::find_if(blocks_.begin(), blocks_.end(), [&](const Block& b) { return b.offset == offset; });
    if (kept != blocks_.end()) {
        blocks_.splice(blocks_.begin(), blocks_, kept);
        return blocks_.front();
    }
    if (blocks_.size() < blocks_kept)
        blocks_.emplace_front();
    else
        blocks_.splice(blocks_.begin(), blocks_, std::prev(blocks_.end()));

    Block& block = blocks_.front();
    block.offset = offset;
    block.bytes.resize(std::min<std::uint64_t>(max_read, size_ - offset));
    std::size_t filled = 0;
    while (filled < block.bytes.size()) {
        auto rest = std::as_writable_bytes(std::span(block.bytes)).subspan(filled);
        std::size_t got = parent_.read(offset + filled, rest);
        if (got == 0)
            break;
        filled += got;
    }
    block.bytes.resize(filled);
    return block;
}

std::size_t ParentSource::read(std::uint64_t offset, std::span<std::byte> out)
{
    if (offset >= size_)
        return 0;
    const Block& block = block_at(offset - offset % max_read);
    std::uint64_t within = offset - block.offset;
    if (within >= block.bytes.size())
        return 0;
    std::size_t length = std::min<std::size_t>(out.size(), block.bytes.size() - within);
    std::memcpy(out.data(), block.bytes.data() + within, length);
    return length;
}

} // namespace vitrina
