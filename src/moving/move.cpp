#include "moving/move.hpp"

#include "core/fail_point.hpp"
#include "core/instance.hpp"
#include "core/random.hpp"
#include "core/sleep.hpp"
#include "library/video_row.hpp"

#include <algorithm>
#include <exception>

namespace vitrina {

namespace {

using Steady = std::chrono::steady_clock;
using Stage = MoveProgress::Stage;
using namespace std::chrono_literals;

constexpr std::int64_t page = 200;
// Passes end when one took no longer, or copied no more, than this: the rest is a matter of seconds.
constexpr auto quick_pass = 5s;
constexpr std::uint64_t little_bytes = 64u << 20, few_objects = 20, few_rows = 2'000;
constexpr int most_passes = 10;

std::chrono::milliseconds since(Steady::time_point then)
{
    return std::chrono::duration_cast<std::chrono::milliseconds>(Steady::now() - then);
}

Mover mover_of(LibraryPlace& place, const std::string& move, std::string other)
{
    return {*place.database, move, std::move(other)};
}

std::string words_of(const LibraryPlace& place)
{
    return place.database_words + ", with its files in " + place.files.words;
}

// The live objects of a library, in the order of their keys.
Task<std::vector<Transfer>> live_objects(Database& database, std::string after)
{
    static constexpr Sql query{
        "SELECT key, size, sha256 FROM objects WHERE state = 'live' AND key > $1 ORDER BY key LIMIT $2"};
    const Rows rows = co_await database.read(query, std::move(after), page);
    std::vector<Transfer> transfers;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const ObjectKey key(rows[i].text(0));
        transfers.push_back({key, key, std::uint64_t(rows[i].integer(1)), std::string(rows[i].text(2))});
    }
    co_return transfers;
}

// It may have been deleted since its row was read: then it is nobody's loss.
Task<bool> is_live(Database& database, ObjectKey key)
{
    static constexpr Sql query{"SELECT 1 FROM objects WHERE key = $1 AND state = 'live'"};
    const Rows rows = co_await database.read(query, std::move(key));
    co_return !rows.empty();
}

} // namespace

LibraryMove::LibraryMove(EventLoops& loops, LibraryPlace& from, LibraryPlace& to, MoveOptions options,
                         MoveProgress& progress)
    : loops_(loops),
      from_(from),
      to_(to),
      options_(options),
      progress_(progress),
      moves_rows_(from.database_words != to.database_words),
      moves_files_(from.files.words != to.files.words),
      arrivals_(*to.database)
{
}

Task<MoveReport> LibraryMove::run()
{
    std::exception_ptr failure;
    try {
        co_await move_it();
    } catch (...) {
        failure = std::current_exception();
    }
    co_await arriving_.end();
    if (failure)
        std::rethrow_exception(failure);
    progress_.stage = Stage::done;
    report_.objects = progress_.all_objects;
    report_.bytes = progress_.all_bytes;
    report_.copied_objects = progress_.copied_objects;
    report_.copied_bytes = progress_.copied_bytes;
    co_return report_;
}

Task<> LibraryMove::move_it()
{
    const bool goes_on = co_await begin();
    if (goes_on) {
        co_await copy_while_serving();
        co_await switch_over();
    }
    co_await finish();
}

Task<bool> LibraryMove::begin()
{
    using State = Standing::State;
    if (!moves_rows_ && !moves_files_)
        throw MoveRefused("The destination is this library's own place: " + words_of(from_) + ".");
    const Standing here = co_await identify_library(*from_.database);
    library_ = here.library;
    if (here.state == State::arriving)
        throw MoveRefused("The library in " + from_.database_words + " has not wholly arrived from " + here.other +
                          ".");
    gone_mover_ = has_ended(here.mover) ? here.mover : "";
    co_await count_objects();
    if (!moves_rows_) {
        move_ = random_hex(8);
        if (here.state == State::moved)
            throw MoveRefused("The library was moved to " + here.other + " already.");
        if (here.files_mark == to_.files.mark) {
            report_.was_done = true;
            co_return false;
        }
        co_await check_files_are_ours(to_);
        look_twice_ = true; // it may have been here before
        co_return true;
    }

    const Standing there = co_await read_standing(*to_.database);
    const bool same_library = there.library == library_;
    if (here.state == State::moved) {
        if (!same_library || there.move != here.move)
            throw MoveRefused("The library was moved to " + here.other + " already: start from there.");
        move_ = here.move;
        report_.was_done = there.state == State::open;
        if (!report_.was_done)
            co_await arrive(there);
        co_return false;
    }
    if (same_library && there.state != State::moved && there.state != State::arriving)
        throw MoveRefused("The destination is this same library, by another name: " + to_.database_words + ".");
    move_ = same_library && there.state == State::arriving ? there.move : random_hex(8);
    if (!same_library) {
        if (there.state != State::open)
            throw MoveRefused("Another library is on its way to " + to_.database_words +
                              ", or was there: " + there.other + ". Name an empty database.");
        if (moves_files_)
            co_await check_is_empty(to_);
        else
            co_await check_has_no_rows(to_);
    }
    look_twice_ = same_library;
    tables_ = co_await tables_of(*from_.database);
    const std::vector<Table> theirs = co_await tables_of(*to_.database);
    if (tables_ != theirs)
        throw MoveRefused("The two databases have different tables: start the server of this version once, so that it "
                          "brings its own up to date.");
    co_await arrive(there);
    co_return true;
}

// From here on the destination is ours: whoever began this before is gone, or is fenced out.
Task<> LibraryMove::arrive(Standing there)
{
    if (there.state == Standing::State::arriving && is_being_moved(there))
        throw MoveRefused("Another process is moving a library to " + to_.database_words + " just now.");
    Mover arrival = mover_of(to_, move_, words_of(from_));
    co_await arrival.begin_arriving(library_);
    arriving_.start(loops_, std::move(arrival));
}

Task<> LibraryMove::count_objects()
{
    static constexpr Sql query{"SELECT COUNT(*), COALESCE(SUM(size), 0) FROM objects WHERE state = 'live'"};
    std::vector<Value> none;
    const Rows rows = co_await from_.database->scan(query, std::move(none), 60'000);
    progress_.all_objects = std::uint64_t(rows.front().integer(0));
    progress_.all_bytes = std::uint64_t(rows.front().integer(1));
}

Task<> LibraryMove::copy_while_serving()
{
    for (int pass = 0; pass < most_passes; ++pass) {
        const auto began = Steady::now();
        const std::uint64_t copied_before = progress_.copied_bytes;
        const std::uint64_t objects = co_await copy_objects(Stage::objects);
        check_damage();
        progress_.stage = Stage::rows;
        const std::uint64_t rows = co_await copy_rows();
        FAIL_POINT("move.pass");
        if (since(began) <= quick_pass)
            break;
        if (objects <= few_objects && progress_.copied_bytes - copied_before <= little_bytes && rows <= few_rows)
            break;
    }
}

// How many were copied.
Task<std::uint64_t> LibraryMove::copy_objects(Stage stage)
{
    if (!moves_files_)
        co_return 0;
    progress_.stage = stage;
    progress_.objects = 0;
    progress_.bytes = 0;
    co_await count_objects();
    const std::uint64_t before = progress_.copied_objects;
    Transfers transfers(loops_, *from_.store, *to_.store, progress_, Transfers::Trust::digest);
    std::vector<Transfer> batch;
    std::uint64_t bytes = 0;
    std::string last;
    while (true) {
        std::vector<Transfer> found = co_await live_objects(*from_.database, last);
        const bool is_last = found.size() < std::size_t(page);
        if (!found.empty())
            last = found.back().from;
        co_await arrivals_.look_up(found);
        for (Transfer& one : found) {
            if (one.arrived) {
                ++progress_.objects;
                progress_.bytes += one.size;
                continue;
            }
            one.may_be_there = one.may_be_there || look_twice_;
            bytes += one.size;
            batch.push_back(std::move(one));
            if (Transfers::is_full(batch.size(), bytes)) {
                co_await carry(transfers, batch);
                bytes = 0;
            }
        }
        if (is_last)
            break;
    }
    co_await carry(transfers, batch);
    co_return progress_.copied_objects - before;
}

Task<> LibraryMove::carry(Transfers& transfers, std::vector<Transfer>& batch)
{
    if (batch.empty())
        co_return;
    co_await arrivals_.note_begun(batch);
    co_await transfers.run(batch);
    co_await arrivals_.note_arrived(batch);
    for (const Transfer& one : batch) {
        if (one.arrived)
            continue;
        const bool lives = co_await is_live(*from_.database, one.from);
        if (lives)
            damage_.add(one.from, one.wrong);
    }
    batch.clear();
}

// How many rows changed.
Task<std::uint64_t> LibraryMove::copy_rows()
{
    if (!moves_rows_)
        co_return 0;
    const auto snapshot = co_await from_.database->snapshot();
    SnapshotRows rows(*snapshot);
    Mover arrival = mover_of(to_, move_, words_of(from_));
    const RowsReport report = co_await make_rows_alike(rows, *to_.database, arrival, tables_, progress_);
    report_.rows = report.rows;
    co_return report.changes;
}

void LibraryMove::check_damage() const
{
    if (damage_.count() > 0)
        throw MoveRefused("The library was not moved, and is served as before. " + damage_.sentence() +
                          " Delete these videos or bring their files back, then run this again.");
}

// From here on servers notice. It ends in one of two ways: the source is marked as moved, or it is open again.
Task<> LibraryMove::switch_over()
{
    Mover mover = mover_of(from_, move_, moves_rows_ ? words_of(to_) : to_.files.words);
    progress_.stage = Stage::draining;
    const bool ours = co_await mover.drain(gone_mover_);
    if (!ours)
        throw MoveRefused("Another process is moving this library just now.");
    KeptLease lease;
    lease.start(loops_, mover);
    std::exception_ptr failure;
    Steady::time_point frozen{};
    try {
        co_await drain();
        const bool froze = co_await mover.freeze();
        frozen = Steady::now();
        if (!froze)
            throw MoveRefused("The library could not be held still. Run this again.");
        FAIL_POINT("move.frozen");
        co_await copy_the_rest();
        co_await check();
        if (lease.is_lost() || arriving_.is_lost())
            throw MoveRefused("The library was not held still for long enough. Run this again.");
        bool moved = false;
        if (moves_rows_)
            moved = co_await mover.mark_moved();
        else
            moved = co_await mover.mark_files_moved(to_.files);
        if (!moved)
            throw MoveRefused("The library was not held still for long enough. Run this again.");
        FAIL_POINT("move.moved");
    } catch (...) {
        failure = std::current_exception();
    }
    co_await lease.end();
    if (!failure) {
        report_.refused = since(frozen);
        co_return;
    }
    try {
        co_await mover.give_up();
    } catch (const std::exception&) { // then it ends by itself, when the lease does
    }
    std::rethrow_exception(failure);
}

// New uploads and jobs are not begun any more; those under way are waited for. An upload or an inspection that takes
// longer is cut off, and done again over there. A post that is on its way is not left alone: its answer is waited for,
// or the move is put off.
Task<> LibraryMove::drain()
{
    static constexpr Sql posting{"SELECT t.publication_id FROM publish_attempts t JOIN jobs j ON j.subject ="
                                 " t.publication_id WHERE t.outcome = 'armed' AND j.kind = 'publish_video'"
                                 " AND j.owner IS NOT NULL AND j.due_at > $1 LIMIT 1"};
    const auto patient_until = Steady::now() + options_.drain;
    while (true) {
        const bool under_way = co_await has_work_under_way();
        if (!under_way)
            co_return;
        if (Steady::now() >= patient_until)
            break;
        co_await sleep_for(100ms);
    }
    const std::int64_t now = in_micros(SystemClock().now());
    const Rows rows = co_await from_.database->read(posting, now);
    if (!rows.empty())
        throw MoveRefused("A video is being posted just now (publication " + std::string(rows.front().text(0)) +
                          "), and its outcome must be known first. Run this again, or with a longer --drain.");
}

// Leases that are over belong to workers and uploads that are gone.
Task<bool> LibraryMove::has_work_under_way()
{
    static constexpr Sql jobs{"SELECT 1 FROM jobs WHERE owner IS NOT NULL AND due_at > $1 LIMIT 1"};
    static constexpr Sql uploads{"SELECT 1 FROM objects WHERE state = 'pending' AND lease_until > $1 LIMIT 1"};
    const std::int64_t now = in_micros(SystemClock().now());
    const Rows working = co_await from_.database->read(jobs, now);
    if (!working.empty())
        co_return true;
    const Rows uploading = co_await from_.database->read(uploads, now);
    co_return !uploading.empty();
}

Task<> LibraryMove::copy_the_rest()
{
    co_await copy_objects(Stage::last_objects);
    check_damage();
    progress_.stage = Stage::last_rows;
    co_await copy_rows();
    FAIL_POINT("move.copied");
}

Task<> LibraryMove::check()
{
    progress_.stage = Stage::checking;
    if (moves_rows_) {
        const auto snapshot = co_await from_.database->snapshot();
        SnapshotRows rows(*snapshot);
        const RowsReport report = co_await compare_rows(rows, *to_.database, tables_, progress_);
        if (report.changes > 0)
            throw MoveRefused(std::to_string(report.changes) + " rows differ at the destination, the first: " +
                              report.first + ". The library was not moved, and is served as before.");
        for (const Table& table : tables_) {
            if (!table.numbers_itself)
                continue;
            const auto given = co_await numbers_given(*from_.database, table);
            if (given)
                co_await skip_numbers(*to_.database, table, *given);
        }
    }
    if (moves_files_) {
        const std::int64_t missing = co_await arrivals_.missing();
        if (missing > 0)
            throw MoveRefused(std::to_string(missing) + " objects have not arrived. The library was not moved, and is "
                                                        "served as before. Run this again.");
        if (options_.reread)
            co_await reread_objects();
    }
    FAIL_POINT("move.checked");
}

Task<> LibraryMove::reread_objects()
{
    Damage damage;
    std::string last;
    while (true) {
        const std::vector<Transfer> found = co_await live_objects(*to_.database, last);
        for (const Transfer& one : found) {
            std::string wrong = co_await wrong_with(*to_.store, one.to, one.size, one.sha256);
            if (!wrong.empty())
                damage.add(one.to, std::move(wrong));
        }
        if (found.size() < std::size_t(page))
            break;
        last = found.back().to;
    }
    if (damage.count() > 0)
        throw MoveRefused("The library was not moved, and is served as before. At the destination, " +
                          damage.sentence());
}

// The source is given up for good: the destination may be served.
Task<> LibraryMove::finish()
{
    if (moves_files_ && !report_.was_done)
        co_await arrivals_.remove_left_over(*to_.store);
    FAIL_POINT("move.before_open");
    if (moves_rows_ && !report_.was_done) {
        Mover arrival = mover_of(to_, move_, words_of(from_));
        const bool opened = co_await arrival.open();
        if (!opened)
            throw MoveRefused("Another process has taken this move over.");
    }
    FAIL_POINT("move.opened");
    co_await arrivals_.forget();
}

} // namespace vitrina
