#pragma once
#include "db/database.hpp"
#include "http/response.hpp"

#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <unordered_map>

namespace vitrina {

// An answer as it was sent, body shared.
struct Answer {
    SharedBody body;
    std::string etag; // "" for none
    std::string link; // the Link header; "" for none
};

// Remembers whole answers until anything is committed to the database. For answers that depend on nothing but the
// database and the key; so the key holds everything else: path, query, base URL, whether URLs are signed.
// One for all loops; never larger than its limit. With a limit of 0 it asks the database nothing.
class AnswerCache {
public:
    static constexpr std::size_t largest_entry = 1024 * 1024;

    AnswerCache(Database& database, std::size_t limit) : db_(database), limit_(limit) {}

    struct Lookup {
        std::optional<Answer> answer;
        std::uint64_t generation = 0; // for keep(): what the database was at before it was read
    };
    // Throws Unavailable: what the database is at can then not be told.
    Task<Lookup> find(std::string key);
    // Forgotten at once when something was committed since the lookup, or when it is too large.
    void keep(const std::string& key, const Lookup& lookup, Answer answer);

    std::size_t bytes() const;

private:
    struct Entry {
        std::string key;
        Answer answer;
        std::size_t bytes;
    };
    using Entries = std::list<Entry>;

    void notice(std::uint64_t version);
    void drop(Entries::iterator entry);

    Database& db_;
    const std::size_t limit_;
    mutable std::mutex mutex_; // of what follows
    // A database's version compares only on the thread it was asked on, so each thread's last one is kept, and any
    // change moves everybody to the next generation.
    std::unordered_map<std::thread::id, std::uint64_t> versions_;
    std::uint64_t generation_ = 0;
    std::size_t bytes_ = 0;
    Entries entries_; // the last used first
    std::unordered_map<std::string, Entries::iterator> by_key_;
};

} // namespace vitrina
