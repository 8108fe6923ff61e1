#include "library/sweep.hpp"

#include "core/instance.hpp"
#include "library/video_row.hpp"

#include <algorithm>
#include <functional>

namespace vitrina {
namespace {

constexpr const char* folders[] = {"videos/", "thumbnails/"};
constexpr std::int64_t page = 500;

std::uint64_t mark_of(std::string_view key)
{
    return std::hash<std::string_view>{}(key);
}

bool has(const std::vector<std::uint64_t>& sorted, std::uint64_t mark)
{
    return std::binary_search(sorted.begin(), sorted.end(), mark);
}

// One that fails (a store that is away) must not keep the others from being swept.
template <class T>
struct Tried {
    std::optional<T> value;
    std::string error;
};

Task<bool> done(Task<> task)
{
    co_await std::move(task);
    co_return true;
}

Task<Tried<bool>> attempt(Task<bool> task)
{
    try {
        const bool value = co_await std::move(task);
        co_return Tried<bool>{value, ""};
    } catch (const std::exception& thrown) {
        co_return Tried<bool>{std::nullopt, thrown.what()};
    }
}

} // namespace

Sweep::Sweep(Database& database, ObjectStore& store, const Clock& clock, std::chrono::seconds grace)
    : db_(database), store_(store), clock_(clock), objects_(database, store, clock), grace_(grace)
{
}

Task<SweepReport> Sweep::run()
{
    SweepReport report;
    co_await remove_abandoned(report);
    co_await remove_deleting(report);
    co_return report;
}

Task<SweepReport> Sweep::run_through_store()
{
    SweepReport report = co_await run();
    co_await remove_old_strays(report);
    co_await remember_strays(report);
    co_return report;
}

// Pending objects whose lease ran out, or whose writer is known to be dead.
Task<> Sweep::remove_abandoned(SweepReport& report)
{
    static constexpr Sql pending{"SELECT key, owner, lease_until FROM objects WHERE state = 'pending' AND key > $1 "
                                 "ORDER BY key LIMIT $2"};
    std::string last;
    while (true) {
        Rows rows = co_await db_.read(pending, last, page);
        for (std::size_t i = 0; i < rows.size(); ++i) {
            last = rows[i].text(0);
            const std::int64_t lease_until = rows[i].integer(2);
            if (lease_until >= in_micros(clock_.now()) && !has_ended(rows[i].text(1)))
                continue;
            const auto tried = co_await attempt(objects_.discard_abandoned(last, lease_until));
            if (!tried.value)
                report.failures.push_back(last + ": " + tried.error);
            else if (*tried.value)
                ++report.abandoned;
        }
        if (rows.size() < static_cast<std::size_t>(page))
            co_return;
    }
}

Task<> Sweep::remove_deleting(SweepReport& report)
{
    static constexpr Sql deleting{
        "SELECT key FROM objects WHERE state = 'deleting' AND key > $1 ORDER BY key LIMIT $2"};
    std::string last;
    while (true) {
        Rows rows = co_await db_.read(deleting, last, page);
        for (std::size_t i = 0; i < rows.size(); ++i) {
            last = rows[i].text(0);
            const auto tried = co_await attempt(done(objects_.remove(last)));
            if (tried.value)
                ++report.deleted;
            else
                report.failures.push_back(last + ": " + tried.error);
        }
        if (rows.size() < static_cast<std::size_t>(page))
            co_return;
    }
}

Task<> Sweep::remove_old_strays(SweepReport& report)
{
    static constexpr Sql mark{"UPDATE objects SET state = 'deleting', changed_at = $2 "
                              "WHERE state = 'stray' AND created_at < $1"};
    const Instant now = clock_.now();
    Rows marked = co_await db_.write(mark, in_micros(now - grace_), in_micros(now));
    if (marked.changed() == 0)
        co_return;
    SweepReport strays;
    co_await remove_deleting(strays);
    report.removed += strays.deleted;
    report.failures.insert(report.failures.end(), strays.failures.begin(), strays.failures.end());
}

// The store first, then the rows: an object that comes in between has its row before its file, so that it is known.
Task<> Sweep::remember_strays(SweepReport& report)
{
    static constexpr Sql insert{"INSERT INTO objects (key, video_id, state, size, created_at, changed_at) "
                                "VALUES ($1, $2, 'stray', $3, $4, $4) ON CONFLICT (key) DO NOTHING"};

    std::vector<std::uint64_t> stored;
    for (const char* folder : folders) {
        auto note = [&stored](const ObjectInfo& object) { stored.push_back(mark_of(object.key)); };
        co_await store_.list(folder, note);
    }
    const std::vector<std::uint64_t> known = co_await known_keys();
    std::erase_if(stored, [&known](std::uint64_t mark) { return has(known, mark); });
    if (stored.empty())
        co_return;

    // What is left has no row: its whole key is needed now.
    std::sort(stored.begin(), stored.end());
    std::vector<ObjectInfo> unexplained;
    for (const char* folder : folders) {
        auto pick = [&](const ObjectInfo& object) {
            if (has(stored, mark_of(object.key)) && video_of_key(object.key))
                unexplained.push_back(object);
        };
        co_await store_.list(folder, pick);
    }
    for (const ObjectInfo& object : unexplained) {
        Rows noted = co_await db_.write(insert, object.key, video_of_key(object.key)->text(),
                                        static_cast<std::int64_t>(object.size), in_micros(clock_.now()));
        report.strays += static_cast<int>(noted.changed());
    }
}

// Hashes of all keys that have a row, sorted. Two keys with one hash only make a stray look known.
Task<std::vector<std::uint64_t>> Sweep::known_keys()
{
    static constexpr Sql keys{"SELECT key FROM objects WHERE key > $1 ORDER BY key LIMIT $2"};
    std::vector<std::uint64_t> marks;
    std::string last;
    while (true) {
        Rows rows = co_await db_.read(keys, last, page);
        for (std::size_t i = 0; i < rows.size(); ++i)
            marks.push_back(mark_of(rows[i].text(0)));
        if (rows.size() < static_cast<std::size_t>(page))
            break;
        last = rows[rows.size() - 1].text(0);
    }
    std::sort(marks.begin(), marks.end());
    co_return marks;
}

} // namespace vitrina
