#include "api/answer_cache.hpp"

namespace vitrina {

namespace {

// What an entry costs beside its text: list node, map node, two strings' and the body's headers.
constexpr std::size_t overhead = 256;

} // namespace

void AnswerCache::notice(std::uint64_t version)
{
    const auto [mine, is_new] = versions_.try_emplace(std::this_thread::get_id(), version);
    if (!is_new && mine->second == version)
        return;
    mine->second = version;
    // A thread seen for the first time cannot tell whether something was committed since the others last looked.
    ++generation_;
    by_key_.clear();
    entries_.clear();
    bytes_ = 0;
}

Task<AnswerCache::Lookup> AnswerCache::find(std::string key)
{
    if (limit_ == 0)
        co_return Lookup{};
    const std::uint64_t version = co_await db_.version();
    const std::lock_guard lock(mutex_);
    notice(version);
    const auto found = by_key_.find(key);
    if (found == by_key_.end())
        co_return Lookup{std::nullopt, generation_};
    entries_.splice(entries_.begin(), entries_, found->second);
    co_return Lookup{found->second->answer, generation_};
}

void AnswerCache::keep(const std::string& key, const Lookup& lookup, Answer answer)
{
    const std::size_t bytes = 2 * key.size() + answer.body->size() + answer.etag.size() + answer.link.size() + overhead;
    if (bytes > largest_entry || bytes > limit_)
        return;
    const std::lock_guard lock(mutex_);
    if (lookup.generation != generation_ || by_key_.contains(key))
        return;
    while (bytes_ + bytes > limit_)
        drop(std::prev(entries_.end()));
    entries_.push_front({key, std::move(answer), bytes});
    by_key_.emplace(key, entries_.begin());
    bytes_ += bytes;
}

void AnswerCache::drop(Entries::iterator entry)
{
    bytes_ -= entry->bytes;
    by_key_.erase(entry->key);
    entries_.erase(entry);
}

std::size_t AnswerCache::bytes() const
{
    const std::lock_guard lock(mutex_);
    return bytes_;
}

} // namespace vitrina
