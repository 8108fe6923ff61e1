#include "db/commit_bell.hpp"

#include <map>
#include <mutex>

namespace vitrina {

struct CommitBell::Listeners {
    std::mutex mutex;
    std::map<int, std::function<void()>> all;
    int next = 0;
};

CommitBell::CommitBell() : listeners_(std::make_shared<Listeners>())
{
}

std::shared_ptr<void> CommitBell::on_ring(std::function<void()> hear)
{
    const std::lock_guard lock(listeners_->mutex);
    const int key = listeners_->next++;
    listeners_->all.emplace(key, std::move(hear));
    return {nullptr, [listeners = listeners_, key](std::nullptr_t) {
        const std::lock_guard forget(listeners->mutex);
        listeners->all.erase(key);
    }};
}

void CommitBell::ring()
{
    // Under the lock, so that nobody hears of it after dropping their token.
    const std::lock_guard lock(listeners_->mutex);
    for (const auto& [key, hear] : listeners_->all)
        hear();
}

} // namespace vitrina
