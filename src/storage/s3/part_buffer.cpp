#include "storage/s3/part_buffer.hpp"

#include <algorithm>
#include <cstring>
#include <new>
#include <sys/mman.h>

namespace vitrina {
namespace {

// A share grows by little, so that it is about what was sent, and not often.
constexpr std::uint64_t first_step = 256u << 10;
constexpr std::uint64_t step = 1u << 20;

std::byte* map(std::size_t size)
{
    void* const place =
        ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (place == MAP_FAILED)
        throw std::bad_alloc();
    // Small pages: with large ones the first byte would take 2 MiB where 256 KiB are counted.
    ::madvise(place, size, MADV_NOHUGEPAGE);
    return static_cast<std::byte*>(place);
}

} // namespace

PartBuffer::PartBuffer(std::shared_ptr<PartMemory::Share> share, std::size_t capacity)
    : share_(std::move(share)), capacity_(capacity), begin_(map(capacity))
{
}

PartBuffer::~PartBuffer()
{
    ::munmap(begin_, capacity_);
}

std::uint64_t PartBuffer::wants(std::size_t more) const
{
    const std::uint64_t needed = size_ + more;
    if (needed <= granted_)
        return 0;
    const std::uint64_t rounded = needed <= first_step ? first_step : (needed + step - 1) / step * step;
    return std::min<std::uint64_t>(rounded, capacity_);
}

void PartBuffer::append(std::span<const std::byte> bytes)
{
    std::memcpy(begin_ + size_, bytes.data(), bytes.size());
    size_ += bytes.size();
}

} // namespace vitrina
