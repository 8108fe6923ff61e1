#include "moving/backup.hpp"

#include "core/digest.hpp"
#include "core/fail_point.hpp"
#include "core/random.hpp"
#include "library/video_row.hpp"
#include "moving/row_files.hpp"

#include <algorithm>

namespace vitrina {
namespace {

using Stage = MoveProgress::Stage;

constexpr std::int64_t page = 200;
constexpr int most_rounds = 5;
// Machines' clocks differ by less.
constexpr std::chrono::hours clocks_differ{1};

// "20260301T120000123456Z-1f2e3d4c": to the microsecond, as the newest is the one that sorts last.
std::string make_id(Instant now)
{
    std::string id;
    for (const char c : rfc3339(now).substr(0, 26))
        if (c != '-' && c != ':' && c != '.')
            id += c;
    return id + "Z-" + random_hex(4);
}

std::size_t column(const Table& table, std::string_view name)
{
    return std::size_t(std::ranges::find(table.columns, name) - table.columns.begin());
}

const Table& objects_among(const std::vector<Table>& tables)
{
    return *std::ranges::find(tables, "objects", &Table::name);
}

// What rows of the table objects say.
class ObjectRows {
public:
    explicit ObjectRows(const Table& table)
        : key_(column(table, "key")),
          state_(column(table, "state")),
          size_(column(table, "size")),
          sha256_(column(table, "sha256")),
          changed_at_(column(table, "changed_at"))
    {
    }

    bool is_live(const Record& record) const { return std::get<std::string>(record[state_]) == "live"; }
    std::int64_t changed_at(const Record& record) const { return std::get<std::int64_t>(record[changed_at_]); }
    const std::string& key(const Record& record) const { return std::get<std::string>(record[key_]); }
    const std::string& sha256(const Record& record) const { return std::get<std::string>(record[sha256_]); }
    std::uint64_t size(const Record& record) const { return std::uint64_t(std::get<std::int64_t>(record[size_])); }

private:
    std::size_t key_, state_, size_, sha256_, changed_at_;
};

} // namespace

Backup::Backup(EventLoops& loops, LibraryPlace& library, ObjectStore& to, const Clock& clock, BackupOptions options,
               MoveProgress& progress)
    : loops_(loops),
      library_(library),
      to_(to),
      clock_(clock),
      options_(std::move(options)),
      progress_(progress),
      transfers_(loops, *library.store, to, progress, Transfers::Trust::size)
{
}

Task<BackupReport> Backup::run()
{
    const Standing standing = co_await identify_library(*library_.database);
    if (standing.state == Standing::State::arriving)
        throw MoveRefused("This library has not wholly arrived from " + standing.other +
                          ": there is nothing to back up.");
    manifest_.library = standing.library;
    manifest_.program = options_.program;
    manifest_.key_id = options_.key_id;
    tables_ = co_await tables_of(*library_.database);
    began_ = clock_.now();
    co_await copy_objects();
    bool whole = false;
    for (int round = 0; !whole && round < most_rounds; ++round) {
        if (round > 0)
            co_await remove_rows();
        whole = co_await write_rows();
    }
    if (!whole)
        throw MoveRefused("Videos are deleted faster than they can be copied. Run this again when less is going on.");
    co_await write_manifest();
    progress_.stage = Stage::done;
    BackupReport report{manifest_.id,          manifest_.objects, manifest_.bytes, 0, progress_.copied_objects,
                        progress_.copied_bytes};
    for (const TableRows& table : manifest_.tables)
        report.rows += table.rows;
    co_return report;
}

// Most of the work, before the moment of the snapshot: what is left after it is what came meanwhile.
Task<> Backup::copy_objects()
{
    static constexpr Sql count{"SELECT COUNT(*), COALESCE(SUM(size), 0) FROM objects WHERE state = 'live'"};
    static constexpr Sql query{
        "SELECT key, size, sha256 FROM objects WHERE state = 'live' AND key > $1 ORDER BY key LIMIT $2"};
    progress_.stage = Stage::objects;
    std::vector<Value> none;
    const Rows totals = co_await library_.database->scan(count, std::move(none), 60'000);
    progress_.all_objects = std::uint64_t(totals.front().integer(0));
    progress_.all_bytes = std::uint64_t(totals.front().integer(1));
    std::string last;
    std::vector<Transfer> batch;
    std::uint64_t bytes = 0;
    while (true) {
        const Rows rows = co_await library_.database->read(query, last, page);
        for (std::size_t i = 0; i < rows.size(); ++i) {
            last = rows[i].text(0);
            const std::string sha256(rows[i].text(2));
            bytes += std::uint64_t(rows[i].integer(1));
            batch.push_back({last, content_key(sha256), std::uint64_t(rows[i].integer(1)), sha256, true});
            if (Transfers::is_full(batch.size(), bytes)) {
                co_await carry(batch);
                bytes = 0;
            }
        }
        if (rows.size() < std::size_t(page))
            break;
    }
    co_await carry(batch);
}

Task<> Backup::carry(std::vector<Transfer>& batch)
{
    static constexpr Sql query{"SELECT 1 FROM objects WHERE key = $1 AND state = 'live'"};
    // Two objects may have the same bytes, and only one of them can be written at a time.
    std::ranges::sort(batch, {}, &Transfer::to);
    const auto twice = std::ranges::unique(batch, {}, &Transfer::to);
    batch.erase(twice.begin(), twice.end());
    co_await transfers_.run(batch);
    for (const Transfer& one : batch) {
        if (one.arrived)
            continue;
        const Rows lives = co_await library_.database->read(query, one.from);
        if (lives.empty())
            gone_ = true;
        else
            damage_.add(one.from, one.wrong);
    }
    batch.clear();
    FAIL_POINT("backup.batch");
}

Task<bool> Backup::write_rows()
{
    if (damage_.count() > 0)
        throw MoveRefused("No backup was made. " + damage_.sentence() +
                          " Delete these videos or bring their files back, then run this again.");
    progress_.stage = Stage::rows;
    progress_.rows = 0;
    gone_ = false;
    manifest_.id = make_id(clock_.now());
    manifest_.made_at = rfc3339(clock_.now());
    manifest_.tables.clear();
    manifest_.objects = manifest_.bytes = 0;
    const ObjectRows objects(objects_among(tables_));
    {
        const auto snapshot = co_await library_.database->snapshot();
        SnapshotRows source(*snapshot);
        for (const Table& table : tables_) {
            RowFileWriter writer(to_, manifest_.id, table);
            const auto cursor = source.rows_of(table);
            const bool is_objects = table.name == "objects";
            std::vector<Record> records = co_await cursor->next_page();
            while (!records.empty()) {
                for (const Record& record : records) {
                    co_await writer.add(record);
                    ++progress_.rows;
                    if (is_objects && objects.is_live(record)) {
                        ++manifest_.objects;
                        manifest_.bytes += objects.size(record);
                    }
                }
                records = co_await cursor->next_page();
            }
            TableRows written = co_await writer.finish();
            manifest_.tables.push_back(std::move(written));
        }
    }
    // Asked after the snapshot: more than it needs to be does no harm.
    for (std::size_t i = 0; i < tables_.size(); ++i)
        if (tables_[i].numbers_itself)
            manifest_.tables[i].given = co_await numbers_given(*library_.database, tables_[i]);
    FAIL_POINT("backup.rows");
    const bool whole = co_await copy_new_objects();
    co_return whole;
}

// Those that became live after the first pass had begun.
Task<bool> Backup::copy_new_objects()
{
    progress_.stage = Stage::last_objects;
    const Table& table = objects_among(tables_);
    const ObjectRows objects(table);
    BackupRows source(to_, manifest_);
    const auto cursor = source.rows_of(table);
    std::vector<Transfer> batch;
    std::uint64_t bytes = 0;
    std::vector<Record> records = co_await cursor->next_page();
    while (!records.empty()) {
        for (const Record& record : records) {
            if (!objects.is_live(record) || objects.changed_at(record) < in_micros(began_ - clocks_differ))
                continue;
            bytes += objects.size(record);
            batch.push_back({objects.key(record), content_key(objects.sha256(record)), objects.size(record),
                             objects.sha256(record), true});
            if (Transfers::is_full(batch.size(), bytes)) {
                co_await carry(batch);
                bytes = 0;
            }
        }
        records = co_await cursor->next_page();
    }
    co_await carry(batch);
    if (damage_.count() > 0)
        throw MoveRefused("No backup was made. " + damage_.sentence());
    co_return !gone_;
}

Task<> Backup::remove_rows()
{
    for (const TableRows& table : manifest_.tables)
        for (const RowFile& file : table.files) {
            ObjectKey key = snapshot_key(manifest_.id, file.name);
            co_await to_.remove(std::move(key));
        }
}

Task<> Backup::write_manifest()
{
    if (!options_.secret_key.empty()) {
        manifest_.secret_key_sha256 = sha256_hex(options_.secret_key);
        co_await write_small(to_, snapshot_key(manifest_.id, "secret.key"), options_.secret_key);
    }
    const std::string text = to_json(manifest_);
    std::map<std::string, std::string> sums{{"manifest.json", sha256_hex(text)}};
    if (!manifest_.secret_key_sha256.empty())
        sums["secret.key"] = manifest_.secret_key_sha256;
    for (const TableRows& table : manifest_.tables)
        for (const RowFile& file : table.files)
            sums[file.name] = file.sha256;
    co_await write_small(to_, snapshot_key(manifest_.id, "SHA256SUMS"), to_sums(sums));
    FAIL_POINT("backup.before_manifest");
    co_await write_small(to_, snapshot_key(manifest_.id, "manifest.json"), text);
    FAIL_POINT("backup.manifest");
}

Task<BackupCheck> check_backup(ObjectStore& store, std::string id, MoveProgress& progress)
{
    BackupCheck check;
    check.manifest = co_await get_manifest(store, std::move(id));
    const Manifest& manifest = check.manifest;
    progress.all_objects = manifest.objects;
    progress.all_bytes = manifest.bytes;
    progress.stage = Stage::checking;
    if (!manifest.secret_key_sha256.empty()) {
        const auto key = co_await read_small(store, snapshot_key(manifest.id, "secret.key"), 4096);
        if (!key || sha256_hex(*key) != manifest.secret_key_sha256)
            throw MoveRefused("The backup " + manifest.id + " is damaged: its secret.key is not what it was.");
    }
    Damage damage;
    BackupRows source(store, manifest);
    for (const TableRows& rows : manifest.tables) {
        const Table table{rows.name, rows.columns, {}, false, false};
        const bool is_objects = table.name == "objects";
        const ObjectRows objects(table);
        const auto cursor = source.rows_of(table);
        std::vector<Record> records = co_await cursor->next_page();
        while (!records.empty()) {
            for (const Record& record : records) {
                ++check.rows;
                ++progress.rows;
                if (!is_objects || !objects.is_live(record))
                    continue;
                std::string wrong = co_await wrong_with(store, content_key(objects.sha256(record)),
                                                        objects.size(record), objects.sha256(record));
                if (!wrong.empty())
                    damage.add(content_key(objects.sha256(record)), std::move(wrong));
                ++check.objects;
                ++progress.objects;
                check.bytes += objects.size(record);
                progress.bytes += objects.size(record);
            }
            records = co_await cursor->next_page();
        }
    }
    if (check.objects != manifest.objects || check.bytes != manifest.bytes)
        throw MoveRefused("The backup " + manifest.id + " is damaged: its rows name other objects than its manifest.");
    check.wrong = damage.sentence();
    progress.stage = Stage::done;
    co_return check;
}

} // namespace vitrina
