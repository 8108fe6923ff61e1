#include "library/sweep.hpp"

#include "core/instance.hpp"
#include "library/video_row.hpp"

namespace vitrina {
namespace {

constexpr const char* folders[] = {"videos/", "thumbnails/"};
constexpr std::int64_t page = 500;

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
            if (!tried.value) {
                report.failures.push_back(last + ": " + tried.error);
            } else if (*tried.value) {
                ++report.abandoned;
                ++counters_.removed;
            }
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
            if (tried.value) {
                ++report.deleted;
                ++counters_.removed;
            } else {
                report.failures.push_back(last + ": " + tried.error);
            }
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

// A row comes before its file and goes after it, so a file that is there and has no row is one that nothing explains.
// One that is deleted just between the two looks is remembered for nothing, and forgotten a grace later.
Task<> Sweep::remember_strays(SweepReport& report)
{
    for (const char* folder : folders) {
        auto look = [this, &report](const ObjectInfo& object) { return remember_if_stray(object, report); };
        co_await store_.list(folder, look);
        auto look_at_rest = [this, &report](const ObjectKey& key) { return remember_if_stray({.key = key}, report); };
        co_await store_.list_unfinished(folder, look_at_rest);
    }
}

Task<> Sweep::remember_if_stray(ObjectInfo object, SweepReport& report)
{
    static constexpr Sql known{"SELECT 1 FROM objects WHERE key = $1"};
    static constexpr Sql insert{"INSERT INTO objects (key, video_id, state, size, created_at, changed_at) "
                                "VALUES ($1, $2, 'stray', $3, $4, $4) ON CONFLICT (key) DO NOTHING"};
    const std::optional<VideoId> video = video_of_key(object.key);
    if (!video)
        co_return; // not a name of ours: nothing we made, nothing we remove
    const Rows rows = co_await db_.read(known, object.key);
    if (!rows.empty())
        co_return;
    const Rows noted = co_await db_.write(insert, object.key, video->text(), static_cast<std::int64_t>(object.size),
                                          in_micros(clock_.now()));
    report.strays += static_cast<int>(noted.changed());
}

} // namespace vitrina
