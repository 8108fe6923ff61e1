#include "storage/s3/part_memory.hpp"

#include <algorithm>
#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <set>
#include <utility>
#include <vector>

namespace vitrina {

struct PartMemory::Share::Account {
    std::shared_ptr<Upload> upload;
    std::uint64_t held = 0;
    std::uint64_t wanted = 0;   // while it waits
    std::uint64_t ticket = 0;   // its place among those who wait
    LoopTimer* waiting = nullptr; // cancelled when it was granted
    bool leaving = false;
};

// All of it on the loop.
struct PartMemory::Ledger {
    using Account = Share::Account;

    Ledger(Executor where, std::uint64_t all, std::uint64_t largest) : loop(where), total(all), part(largest) {}

    bool may_grant(const Account& account, std::uint64_t size) const
    {
        const std::uint64_t more = size - account.held;
        if (held + more > total)
            return false;
        // The fullest of those that are being filled, this one included, as it would be then.
        const std::uint64_t fullest = std::max(filling.empty() ? 0 : *filling.rbegin(), size);
        return total - held - more + leaving >= part - std::min(fullest, part);
    }

    void grant(Account& account, std::uint64_t size)
    {
        if (account.held > 0)
            filling.erase(filling.find(account.held));
        held += size - account.held;
        account.upload->held += size - account.held;
        account.held = size;
        filling.insert(size);
        peak = std::max(peak.load(), held);
    }

    // Whoever can be served now, those first whose uploads hold least.
    void serve()
    {
        std::ranges::sort(waiting, [](const Account* a, const Account* b) {
            return std::pair(a->upload->held, a->ticket) < std::pair(b->upload->held, b->ticket);
        });
        std::erase_if(waiting, [this](Account* account) {
            if (!may_grant(*account, account->wanted))
                return false;
            grant(*account, account->wanted);
            std::exchange(account->waiting, nullptr)->cancel();
            return true;
        });
    }

    void leave(Account& account)
    {
        if (account.leaving || account.held == 0)
            return;
        account.leaving = true;
        filling.erase(filling.find(account.held));
        leaving += account.held;
        serve();
    }

    void give_back(Account& account)
    {
        if (account.held == 0)
            return;
        if (account.leaving)
            leaving -= account.held;
        else
            filling.erase(filling.find(account.held));
        held -= account.held;
        account.upload->held -= account.held;
        account.held = 0;
        serve();
    }

    const Executor loop;
    const std::uint64_t total, part;
    std::uint64_t held = 0;
    std::uint64_t leaving = 0; // of that: on its way to the store
    std::multiset<std::uint64_t> filling; // sizes of the other shares
    std::vector<Account*> waiting;
    std::uint64_t tickets = 0;
    std::atomic<std::uint64_t> peak = 0;
};

// A place among those who wait. Left when the waiting coroutine ends before it was granted: it may be cancelled.
class PartMemory::Place {
public:
    Place(Ledger& ledger, Share::Account& account, LoopTimer& granted, std::uint64_t size)
        : ledger_(ledger), account_(account)
    {
        account.wanted = size;
        account.ticket = ++ledger.tickets;
        account.waiting = &granted;
        ledger.waiting.push_back(&account);
    }
    ~Place()
    {
        if (std::exchange(account_.waiting, nullptr))
            std::erase(ledger_.waiting, &account_);
    }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

private:
    Ledger& ledger_;
    Share::Account& account_;
};

PartMemory::Share::Share(std::shared_ptr<Ledger> ledger, std::shared_ptr<Upload> upload)
    : ledger_(std::move(ledger)), account_(std::make_shared<Account>())
{
    account_->upload = std::move(upload);
}

PartMemory::Share::~Share()
{
    const auto give_back = [ledger = ledger_, account = account_] { ledger->give_back(*account); };
    boost::asio::post(ledger_->loop, give_back);
}

void PartMemory::Share::leave()
{
    const auto leave = [ledger = ledger_, account = account_] { ledger->leave(*account); };
    boost::asio::post(ledger_->loop, leave);
}

PartMemory::PartMemory(Executor loop, std::uint64_t total, std::uint64_t part)
    : ledger_(std::make_shared<Ledger>(loop, total, part))
{
}

PartMemory::~PartMemory() = default;

std::shared_ptr<PartMemory::Share> PartMemory::share(std::shared_ptr<Upload> upload)
{
    return std::make_shared<Share>(ledger_, std::move(upload));
}

Task<> PartMemory::grow(std::shared_ptr<Share> share, std::uint64_t size)
{
    Ledger& ledger = *share->ledger_;
    Share::Account& account = *share->account_;
    if (size <= account.held)
        co_return;
    // Nobody is overtaken who could have had it: those who wait cannot be served now, or they would have been.
    if (ledger.may_grant(account, size)) {
        ledger.grant(account, size);
        co_return;
    }
    LoopTimer granted(ledger.loop, LoopTimer::time_point::max());
    const Place place(ledger, account, granted, size);
    const auto token = boost::asio::as_tuple(boost::asio::use_awaitable_t<Executor>());
    while (account.waiting)
        co_await granted.async_wait(token);
}

std::uint64_t PartMemory::peak() const
{
    return ledger_->peak;
}

} // namespace vitrina
