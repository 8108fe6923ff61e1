#pragma once
#include <cstddef>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace vitrina {

// Large buffers of one loop, lent to whoever has bytes at hand just now. A connection that waits holds none, so
// memory follows the work under way and not the number of clients.
class BufferPool {
public:
    static constexpr std::size_t buffer_size = 256 * 1024; // stays in the L2 cache between recv and write

    class Lease {
    public:
        Lease() = default;
        Lease(BufferPool& pool, std::unique_ptr<char[]> memory) : pool_(&pool), memory_(std::move(memory)) {}
        Lease(Lease&& other) noexcept = default;
        Lease& operator=(Lease&& other) noexcept
        {
            give_back();
            pool_ = other.pool_;
            memory_ = std::move(other.memory_);
            return *this;
        }
        ~Lease() { give_back(); }

        explicit operator bool() const { return memory_ != nullptr; }
        std::span<char> bytes() const { return {memory_.get(), memory_ ? buffer_size : 0}; }
        void give_back()
        {
            if (memory_)
                pool_->take_back(std::move(memory_));
        }

    private:
        BufferPool* pool_ = nullptr;
        std::unique_ptr<char[]> memory_;
    };

    Lease lend()
    {
        if (free_.empty())
            return {*this, std::make_unique_for_overwrite<char[]>(buffer_size)};
        auto memory = std::move(free_.back());
        free_.pop_back();
        return {*this, std::move(memory)};
    }

private:
    void take_back(std::unique_ptr<char[]> memory)
    {
        if (free_.size() < most_kept)
            free_.push_back(std::move(memory));
    }

    static constexpr std::size_t most_kept = 4;
    std::vector<std::unique_ptr<char[]>> free_;
};

} // namespace vitrina
