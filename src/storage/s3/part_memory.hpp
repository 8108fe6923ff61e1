#pragma once
#include "http/outbound_loop.hpp"

#include <cstdint>
#include <memory>

namespace vitrina {

// What all uploads together may hold of the bytes that are on their way to the store. A buffer is granted as it grows,
// so that who sends slowly holds no more than was sent; who asks when there is none left waits, and with it its client.
//
// A grant is made only while one of the buffers that are being filled can still become a whole part with what is left,
// or with what comes back from those that are being sent: that one is sent and gives its memory back, then the next
// can. So however many wait for one another, one of them never waits. Of those who wait, the uploads that hold least
// come first: many small windows, before a few large ones.
//
// Lives on one loop, the store's; only shares may end anywhere.
class PartMemory {
public:
    // `total` is at least `part`, the largest that a share becomes.
    PartMemory(Executor loop, std::uint64_t total, std::uint64_t part);
    ~PartMemory();
    PartMemory(const PartMemory&) = delete;
    PartMemory& operator=(const PartMemory&) = delete;

    struct Ledger;
    // What one upload holds in all of its shares.
    struct Upload {
        std::uint64_t held = 0; // changes on the memory's loop
    };

    // One buffer's part of it. Given back when it goes, on any thread.
    class Share {
    public:
        Share(std::shared_ptr<Ledger> ledger, std::shared_ptr<Upload> upload);
        ~Share();
        Share(const Share&) = delete;
        Share& operator=(const Share&) = delete;

        // It grows no more, and goes as soon as its bytes were sent. On any thread.
        void leave();

    private:
        friend class PartMemory;
        friend struct Ledger;
        struct Account;
        const std::shared_ptr<Ledger> ledger_;
        const std::shared_ptr<Account> account_;
    };

    // Nothing yet.
    std::shared_ptr<Share> share(std::shared_ptr<Upload> upload);
    // Waits until the share may hold this many bytes.
    static Task<> grow(std::shared_ptr<Share> share, std::uint64_t size);

    // For tests: the most that was ever held.
    std::uint64_t peak() const;

private:
    class Place;

    const std::shared_ptr<Ledger> ledger_;
};

} // namespace vitrina
