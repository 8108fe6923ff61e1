#include "moving/arrivals.hpp"

#include "core/fail_point.hpp"

#include <map>

namespace vitrina {
namespace {

constexpr std::int64_t page = 500;

} // namespace

Arrivals::Arrivals(Database& database)
    : db_(database), table_{"arrived_objects", {"key", "size", "sha256"}, {0}, false, false}, statements_(table_)
{
}

Task<> Arrivals::look_up(std::vector<Transfer>& transfers)
{
    static constexpr Sql query{"SELECT key, size, sha256 FROM arrived_objects WHERE key >= $1 AND key <= $2"};
    if (transfers.empty())
        co_return;
    const Rows rows = co_await db_.read(query, transfers.front().to, transfers.back().to);
    std::map<std::string_view, Row> known;
    for (std::size_t i = 0; i < rows.size(); ++i)
        known.emplace(rows[i].text(0), rows[i]);
    for (Transfer& transfer : transfers)
        if (const auto found = known.find(transfer.to); found != known.end()) {
            transfer.may_be_there = true;
            transfer.arrived =
                found->second.text(2) == transfer.sha256 && std::uint64_t(found->second.integer(1)) == transfer.size;
        }
}

Task<> Arrivals::note_begun(const std::vector<Transfer>& batch)
{
    co_await note(batch, false);
    FAIL_POINT("arrivals.begun");
}

Task<> Arrivals::note_arrived(const std::vector<Transfer>& batch)
{
    FAIL_POINT("arrivals.before_arrived");
    co_await note(batch, true);
    FAIL_POINT("arrivals.arrived");
}

Task<> Arrivals::note(const std::vector<Transfer>& batch, bool arrived)
{
    auto transaction = co_await db_.begin();
    for (const Transfer& transfer : batch) {
        if (arrived && !transfer.arrived)
            continue;
        std::vector<Value> values{transfer.to, std::int64_t(transfer.size), arrived ? transfer.sha256 : std::string()};
        co_await transaction->run(statements_.put, std::move(values));
    }
    co_await transaction->commit();
}

Task<> Arrivals::remove_left_over(ObjectStore& store)
{
    static constexpr Sql query{
        "SELECT a.key FROM arrived_objects a WHERE a.key > $1 AND NOT EXISTS (SELECT 1 FROM objects o WHERE o.key ="
        " a.key AND o.state = 'live') ORDER BY a.key LIMIT $2"};
    std::string last;
    while (true) {
        const Rows rows = co_await db_.read(query, last, page);
        for (std::size_t i = 0; i < rows.size(); ++i) {
            last = rows[i].text(0);
            co_await store.remove(last);
        }
        if (rows.size() < std::size_t(page))
            co_return;
    }
}

Task<std::int64_t> Arrivals::missing()
{
    static constexpr Sql query{
        "SELECT COUNT(*) FROM objects o WHERE o.state = 'live' AND NOT EXISTS (SELECT 1 FROM arrived_objects a"
        " WHERE a.key = o.key AND a.sha256 = o.sha256 AND a.size = o.size)"};
    const Rows rows = co_await db_.read(query);
    co_return rows.front().integer(0);
}

Task<> Arrivals::forget()
{
    static constexpr Sql remove{
        "DELETE FROM arrived_objects WHERE key IN (SELECT key FROM arrived_objects ORDER BY key LIMIT $1)"};
    while (true) {
        const Rows gone = co_await db_.write(remove, page);
        if (gone.changed() < page)
            co_return;
    }
}

} // namespace vitrina
