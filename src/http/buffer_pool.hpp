#pragma once
#include <cstddef>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace vitrina {

// Buffers of one loop, lent to whoever has bytes at hand just now. A connection that waits holds none, so memory
// follows the work under way and not the number of clients; and who has few bytes at hand gets a small one, so that a
// hundred slow uploads that wait for the database at once do not weigh like a hundred fast ones.
class BufferPool {
public:
    static constexpr std::size_t small_size = 16 * 1024;   // as a TLS record
    static constexpr std::size_t buffer_size = 256 * 1024; // stays in the L2 cache between recv and write

    class Lease {
    public:
        Lease() = default;
        Lease(BufferPool& pool, std::unique_ptr<char[]> memory, std::size_t size)
            : pool_(&pool), memory_(std::move(memory)), size_(size)
        {
        }
        Lease(Lease&& other) noexcept = default;
        Lease& operator=(Lease&& other) noexcept
        {
            give_back();
            pool_ = other.pool_;
            memory_ = std::move(other.memory_);
            size_ = other.size_;
            return *this;
        }
        ~Lease() { give_back(); }

        explicit operator bool() const { return memory_ != nullptr; }
        std::span<char> bytes() const { return {memory_.get(), memory_ ? size_ : 0}; }
        void give_back()
        {
            if (memory_)
                pool_->take_back(std::move(memory_), size_);
        }

    private:
        BufferPool* pool_ = nullptr;
        std::unique_ptr<char[]> memory_;
        std::size_t size_ = 0;
    };

    // For so many bytes, or for as many of them as fit.
    Lease lend(std::size_t bytes)
    {
        const std::size_t size = bytes <= small_size ? small_size : buffer_size;
        auto& free = free_of(size);
        if (free.empty())
            return {*this, std::make_unique_for_overwrite<char[]>(size), size};
        auto memory = std::move(free.back());
        free.pop_back();
        return {*this, std::move(memory), size};
    }

private:
    using Free = std::vector<std::unique_ptr<char[]>>;

    Free& free_of(std::size_t size) { return size == small_size ? small_ : large_; }

    void take_back(std::unique_ptr<char[]> memory, std::size_t size)
    {
        Free& free = free_of(size);
        if (free.size() < most_kept)
            free.push_back(std::move(memory));
    }

    static constexpr std::size_t most_kept = 4;
    Free small_, large_;
};

} // namespace vitrina
