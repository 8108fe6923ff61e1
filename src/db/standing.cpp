#include "db/standing.hpp"

#include "core/fail_point.hpp"
#include "core/instance.hpp"
#include "core/random.hpp"

#include <array>
#include <stdexcept>

namespace vitrina {
namespace {

// The database's own clock, in microseconds: the machines of mover and servers may differ in theirs.
#define SQLITE_NOW "CAST((julianday('now') - 2440587.5) * 86400000000.0 AS INTEGER)"
#define POSTGRES_NOW "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)"
#define LEASE " + 20000000"

constexpr std::array<std::string_view, 5> state_names{"open", "draining", "frozen", "moved", "arriving"};

Standing::State state_of(std::string_view text)
{
    for (std::size_t i = 0; i < state_names.size(); ++i)
        if (state_names[i] == text)
            return Standing::State(i);
    throw std::runtime_error("the library stands as \"" + std::string(text) + "\", which this program does not know");
}

Task<> make_row(Transaction& transaction)
{
    static constexpr Sql add{"INSERT INTO library_standing (id, library, state, move, other, mover, until, files_mark,"
                             " files_place) VALUES (1, $1, 'open', '', '', '', 0, '', '') ON CONFLICT (id) DO NOTHING"};
    co_await transaction.run(add, random_hex(16));
}

} // namespace

std::string writes_refusal(Dialect dialect, const FilesPlace& files)
{
    const std::string now = dialect == Dialect::postgres ? POSTGRES_NOW : SQLITE_NOW;
    return "SELECT CASE state WHEN 'frozen' THEN 'the library is being moved to ' || other"
           " WHEN 'moved' THEN 'the library was moved to ' || other"
           " WHEN 'arriving' THEN 'the library has not wholly arrived from ' || other"
           " ELSE 'the files were moved to ' || files_place END FROM library_standing"
           " WHERE state IN ('moved', 'arriving') OR (state = 'frozen' AND until > " +
           now + ") OR files_mark NOT IN ('', '" + files.mark + "')";
}

Task<bool> takes_new_work(Transaction& transaction)
{
    static constexpr Sql draining{"SELECT 1 FROM library_standing WHERE state = 'draining' AND until > " SQLITE_NOW,
                                  "SELECT 1 FROM library_standing WHERE state = 'draining' AND until > " POSTGRES_NOW};
    const Rows rows = co_await transaction.run(draining);
    co_return rows.empty();
}

Task<Standing> read_standing(Database& database)
{
    static constexpr Sql query{"SELECT CASE WHEN state IN ('draining', 'frozen') AND until <= " SQLITE_NOW
                               " THEN 'open' ELSE state END, library, move, other, files_mark, files_place, mover,"
                               " CASE WHEN until > " SQLITE_NOW " THEN 1 ELSE 0 END FROM library_standing",
                               "SELECT CASE WHEN state IN ('draining', 'frozen') AND until <= " POSTGRES_NOW
                               " THEN 'open' ELSE state END, library, move, other, files_mark, files_place, mover,"
                               " CASE WHEN until > " POSTGRES_NOW " THEN 1 ELSE 0 END FROM library_standing"};
    const Rows rows = co_await database.read(query);
    Standing standing;
    if (rows.empty())
        co_return standing;
    const Row row = rows.front();
    standing.state = state_of(row.text(0));
    standing.library = row.text(1);
    standing.move = row.text(2);
    standing.other = row.text(3);
    standing.files_mark = row.text(4);
    standing.files_place = row.text(5);
    standing.mover = row.text(6);
    standing.is_held = row.integer(7) != 0;
    co_return standing;
}

Task<Standing> identify_library(Database& database)
{
    auto transaction = co_await database.begin();
    co_await make_row(*transaction);
    co_await transaction->commit();
    Standing standing = co_await read_standing(database);
    co_return standing;
}

bool is_being_moved(const Standing& standing)
{
    return standing.is_held && !has_ended(standing.mover);
}

Mover::Mover(Database& database, std::string move, std::string other)
    : db_(database), move_(std::move(move)), other_(std::move(other)), me_(instance_id())
{
}

// Where the statement takes the move and the mover, and nothing else.
Task<bool> Mover::change(Sql sql)
{
    const Rows done = co_await db_.write(sql, move_, me_);
    FAIL_POINT("standing.changed");
    co_return done.changed() == 1;
}

Task<bool> Mover::drain(std::string ended)
{
    static constexpr Sql sql{
        "UPDATE library_standing SET state = 'draining', move = $1, other = $2, mover = $3, until = " SQLITE_NOW LEASE
        " WHERE state = 'open' OR (state IN ('draining', 'frozen') AND (mover = $4 OR until <= " SQLITE_NOW "))",
        "UPDATE library_standing SET state = 'draining', move = $1, other = $2, mover = $3, until = " POSTGRES_NOW LEASE
        " WHERE state = 'open' OR (state IN ('draining', 'frozen') AND (mover = $4 OR until <= " POSTGRES_NOW "))"};
    const Rows done = co_await db_.write(sql, move_, other_, me_, ended.empty() ? me_ : std::move(ended));
    FAIL_POINT("standing.draining");
    co_return done.changed() == 1;
}

Task<bool> Mover::freeze()
{
    static constexpr Sql sql{"UPDATE library_standing SET state = 'frozen', until = " SQLITE_NOW LEASE
                             " WHERE state = 'draining' AND move = $1 AND mover = $2 AND until > " SQLITE_NOW,
                             "UPDATE library_standing SET state = 'frozen', until = " POSTGRES_NOW LEASE
                             " WHERE state = 'draining' AND move = $1 AND mover = $2 AND until > " POSTGRES_NOW};
    return change(sql);
}

Task<bool> Mover::keep()
{
    static constexpr Sql sql{"UPDATE library_standing SET until = " SQLITE_NOW LEASE
                             " WHERE state IN ('draining', 'frozen', 'arriving') AND move = $1 AND mover = $2"
                             " AND until > " SQLITE_NOW,
                             "UPDATE library_standing SET until = " POSTGRES_NOW LEASE
                             " WHERE state IN ('draining', 'frozen', 'arriving') AND move = $1 AND mover = $2"
                             " AND until > " POSTGRES_NOW};
    const Rows done = co_await db_.write(sql, move_, me_);
    co_return done.changed() == 1;
}

Task<> Mover::give_up()
{
    static constexpr Sql sql{"UPDATE library_standing SET state = 'open', until = 0"
                             " WHERE state IN ('draining', 'frozen') AND move = $1 AND mover = $2"};
    co_await change(sql);
}

Task<bool> Mover::mark_moved()
{
    static constexpr Sql sql{"UPDATE library_standing SET state = 'moved', until = 0"
                             " WHERE state = 'frozen' AND move = $1 AND mover = $2 AND until > " SQLITE_NOW,
                             "UPDATE library_standing SET state = 'moved', until = 0"
                             " WHERE state = 'frozen' AND move = $1 AND mover = $2 AND until > " POSTGRES_NOW};
    return change(sql);
}

Task<bool> Mover::mark_files_moved(FilesPlace files)
{
    static constexpr Sql sql{"UPDATE library_standing SET state = 'open', until = 0, files_mark = $3, files_place = $4"
                             " WHERE state = 'frozen' AND move = $1 AND mover = $2 AND until > " SQLITE_NOW,
                             "UPDATE library_standing SET state = 'open', until = 0, files_mark = $3, files_place = $4"
                             " WHERE state = 'frozen' AND move = $1 AND mover = $2 AND until > " POSTGRES_NOW};
    const Rows done = co_await db_.write(sql, move_, me_, files.mark, files.words);
    FAIL_POINT("standing.files_moved");
    co_return done.changed() == 1;
}

Task<> Mover::begin_arriving(std::string library)
{
    static constexpr Sql sql{"UPDATE library_standing SET state = 'arriving', library = $1, move = $2, other = $3,"
                             " mover = $4, until = " SQLITE_NOW LEASE ", files_mark = '', files_place = ''",
                             "UPDATE library_standing SET state = 'arriving', library = $1, move = $2, other = $3,"
                             " mover = $4, until = " POSTGRES_NOW LEASE ", files_mark = '', files_place = ''"};
    auto transaction = co_await db_.begin();
    co_await make_row(*transaction);
    co_await transaction->run(sql, std::move(library), move_, other_, me_);
    co_await transaction->commit();
    FAIL_POINT("standing.arriving");
}

Task<bool> Mover::is_arriving_here(Transaction& transaction)
{
    static constexpr Sql query{"SELECT 1 FROM library_standing WHERE state = 'arriving' AND move = $1 AND mover = $2"};
    const Rows rows = co_await transaction.run(query, move_, me_);
    co_return !rows.empty();
}

Task<bool> Mover::open()
{
    static constexpr Sql sql{"UPDATE library_standing SET state = 'open', until = 0"
                             " WHERE state = 'arriving' AND move = $1 AND mover = $2"};
    return change(sql);
}

Task<> reopen_library(Database& database)
{
    static constexpr Sql sql{
        "UPDATE library_standing SET state = 'open', until = 0, files_mark = '', files_place = ''"};
    co_await database.write(sql);
}

std::string refusal_to_serve(const Standing& standing, const FilesPlace& files)
{
    if (standing.state == Standing::State::moved)
        return "This library was moved to " + standing.other +
               " and is served from there: start with those settings. To move it back: vitrina move --to this place, "
               "with the settings of the other. To serve it from here as it was then: vitrina move --reopen.";
    if (standing.state == Standing::State::arriving)
        return "This library has not wholly arrived from " + standing.other +
               ": run vitrina move, or vitrina restore, once more; it goes on where it stopped.";
    if (!standing.files_mark.empty() && standing.files_mark != files.mark)
        return "The files of this library were moved to " + standing.files_place + ", and these settings name " +
               files.words + ": start with those settings. If the files are here: vitrina move --reopen.";
    return "";
}

} // namespace vitrina
