#include "moving/restore.hpp"

#include "core/fail_point.hpp"
#include "core/random.hpp"
#include "moving/arrivals.hpp"
#include "moving/kept_lease.hpp"
#include "moving/row_files.hpp"
#include "moving/row_sync.hpp"

#include <algorithm>
#include <exception>

namespace vitrina {
namespace {

using Stage = MoveProgress::Stage;

Task<> carry(Transfers& transfers, Arrivals& arrivals, std::vector<Transfer>& batch, Damage& damage)
{
    if (batch.empty())
        co_return;
    co_await arrivals.note_begun(batch);
    co_await transfers.run(batch);
    co_await arrivals.note_arrived(batch);
    for (const Transfer& one : batch)
        if (!one.arrived)
            damage.add(one.from, one.wrong);
    batch.clear();
}

// The files first: what the rows name is there when they come.
Task<> bring_objects(EventLoops& loops, ObjectStore& from, const Manifest& manifest, const std::vector<Table>& tables,
                     LibraryPlace& to, MoveProgress& progress)
{
    const Table& table = *std::ranges::find(tables, "objects", &Table::name);
    const auto column = [&table](std::string_view name) {
        return std::size_t(std::ranges::find(table.columns, name) - table.columns.begin());
    };
    const std::size_t key = column("key"), state = column("state"), size = column("size"), sha256 = column("sha256");
    progress.stage = Stage::objects;
    progress.all_objects = manifest.objects;
    progress.all_bytes = manifest.bytes;

    Damage damage;
    Arrivals arrivals(*to.database);
    Transfers transfers(loops, from, *to.store, progress, Transfers::Trust::digest);
    BackupRows rows(from, manifest);
    const auto cursor = rows.rows_of(table);
    std::vector<Transfer> batch;
    std::uint64_t bytes = 0;
    std::vector<Record> records = co_await cursor->next_page();
    while (!records.empty()) {
        std::vector<Transfer> found;
        for (const Record& record : records) {
            if (std::get<std::string>(record[state]) != "live")
                continue;
            const auto& digest = std::get<std::string>(record[sha256]);
            found.push_back({content_key(digest), std::get<std::string>(record[key]),
                             std::uint64_t(std::get<std::int64_t>(record[size])), digest});
        }
        co_await arrivals.look_up(found);
        for (Transfer& one : found) {
            if (one.arrived) {
                ++progress.objects;
                progress.bytes += one.size;
                continue;
            }
            bytes += one.size;
            batch.push_back(std::move(one));
            if (Transfers::is_full(batch.size(), bytes)) {
                co_await carry(transfers, arrivals, batch, damage);
                bytes = 0;
            }
        }
        records = co_await cursor->next_page();
    }
    co_await carry(transfers, arrivals, batch, damage);
    if (damage.count() > 0)
        throw MoveRefused("The backup " + manifest.id + " is damaged, and nothing was restored. " + damage.sentence());
}

bool same_tables(const std::vector<Table>& tables, const Manifest& manifest)
{
    return std::ranges::equal(tables, manifest.tables, [](const Table& here, const TableRows& there) {
        return here.name == there.name && here.columns == there.columns;
    });
}

Task<std::vector<Table>> begin_restoring(const Manifest& manifest, LibraryPlace& to, Mover& arrival)
{
    const Standing standing = co_await read_standing(*to.database);
    const bool goes_on = standing.state == Standing::State::arriving && standing.move == manifest.id;
    if (!goes_on) {
        if (standing.state != Standing::State::open)
            throw MoveRefused("There is another library in " + to.database_words +
                              ", or on its way there: " + standing.other + ". Name an empty database.");
        co_await check_is_empty(to);
    }
    const std::vector<Table> tables = co_await tables_of(*to.database);
    if (!same_tables(tables, manifest))
        throw MoveRefused("The backup was made by vitrina " + manifest.program +
                          ", whose tables are others than this version's: restore it with that version, then update.");
    if (goes_on && is_being_moved(standing))
        throw MoveRefused("Another process is restoring a library to " + to.database_words + " just now.");
    // Another library than the original from here on, which may still be there.
    std::string library = goes_on ? standing.library : random_hex(16);
    co_await arrival.begin_arriving(std::move(library));
    co_return tables;
}

Task<RestoreReport> bring_all(EventLoops& loops, ObjectStore& from, const Manifest& manifest, LibraryPlace& to,
                              Mover& arrival, std::vector<Table> tables, const SettlePublications& settle,
                              MoveProgress& progress)
{
    co_await bring_objects(loops, from, manifest, tables, to, progress);
    FAIL_POINT("restore.objects");

    progress.stage = Stage::rows;
    BackupRows rows(from, manifest);
    co_await make_rows_alike(rows, *to.database, arrival, tables, progress);
    FAIL_POINT("restore.rows");
    progress.stage = Stage::checking;
    const RowsReport compared = co_await compare_rows(rows, *to.database, tables, progress);
    if (compared.changes > 0)
        throw MoveRefused(std::to_string(compared.changes) + " rows differ from the backup, the first: " +
                          compared.first + ". The library was not restored.");
    Arrivals arrivals(*to.database);
    const std::int64_t missing = co_await arrivals.missing();
    if (missing > 0)
        throw MoveRefused(std::to_string(missing) + " objects have not arrived. The library was not restored.");
    for (std::size_t i = 0; i < tables.size(); ++i)
        if (manifest.tables[i].given)
            co_await skip_numbers(*to.database, tables[i], *manifest.tables[i].given);

    RestoreReport report{manifest.objects, manifest.bytes, compared.rows, 0};
    report.publications = co_await settle(*to.database);
    FAIL_POINT("restore.settled");
    const bool opened = co_await arrival.open();
    if (!opened)
        throw MoveRefused("Another process has taken this over.");
    FAIL_POINT("restore.opened");
    co_await arrivals.forget();
    progress.stage = Stage::done;
    co_return report;
}

} // namespace

Task<RestoreReport> restore_backup(EventLoops& loops, ObjectStore& from, std::string id, LibraryPlace& to,
                                   SettlePublications settle, MoveProgress& progress)
{
    const Manifest manifest = co_await get_manifest(from, std::move(id));
    Mover arrival(*to.database, manifest.id, "the backup " + manifest.id);
    const std::vector<Table> tables = co_await begin_restoring(manifest, to, arrival);
    KeptLease lease;
    lease.start(loops, arrival);
    RestoreReport report;
    std::exception_ptr failure;
    try {
        report = co_await bring_all(loops, from, manifest, to, arrival, tables, settle, progress);
    } catch (...) {
        failure = std::current_exception();
    }
    co_await lease.end();
    if (failure)
        std::rethrow_exception(failure);
    co_return report;
}

} // namespace vitrina
