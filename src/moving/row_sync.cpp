#include "moving/row_sync.hpp"

#include "core/fail_point.hpp"
#include "library/search_index.hpp"
#include "moving/library_place.hpp"

#include <algorithm>
#include <stdexcept>

namespace vitrina {
namespace {

constexpr std::size_t changes_at_once = 500;
// Removals of rows that others refer to wait until those are gone; more than this, and they take another round.
constexpr std::size_t most_waiting = 20'000;
constexpr int most_rounds = 4;

// What is done to one table of the destination.
class TableWriter {
public:
    TableWriter(Database& to, Mover& arrival, const Table& table)
        : to_(to),
          arrival_(arrival),
          table_(table),
          statements_(table),
          // SQLite's search index is kept in step with the documents by hand.
          has_index_(to.dialect() == Dialect::sqlite && table.name == "video_documents")
    {
    }

    Task<> put(Record record)
    {
        changes_.push_back({std::move(record), false});
        if (changes_.size() >= changes_at_once)
            co_await flush();
    }

    Task<> remove(Record record)
    {
        changes_.push_back({std::move(record), true});
        if (changes_.size() >= changes_at_once)
            co_await flush();
    }

    Task<> flush()
    {
        if (changes_.empty())
            co_return;
        bool violated = false;
        try {
            co_await apply(changes_);
        } catch (const ConstraintViolation&) {
            violated = true;
        }
        // A row may stand in the way that is itself about to change: then one by one, and the rest in another round.
        if (violated)
            for (Change& change : changes_) {
                std::vector<Change> one;
                one.push_back(std::move(change));
                const bool applied = co_await try_to_apply(one);
                put_off_ += applied ? 0 : 1;
            }
        changes_.clear();
        FAIL_POINT("row_sync.flushed");
    }

    std::uint64_t put_off() const { return put_off_; }

private:
    struct Change {
        Record record;
        bool removed = false;
    };

    Task<bool> try_to_apply(const std::vector<Change>& changes)
    {
        try {
            co_await apply(changes);
            co_return true;
        } catch (const ConstraintViolation&) {
            co_return false;
        }
    }

    Task<> apply(const std::vector<Change>& changes)
    {
        auto transaction = co_await to_.begin();
        const bool ours = co_await arrival_.is_arriving_here(*transaction);
        if (!ours)
            throw MoveRefused("Another process has taken this over.");
        for (std::size_t i = 0; i < changes.size();) {
            std::size_t alike = 0; // puts in a row
            while (i + alike < changes.size() && alike < statements_.many && !changes[i + alike].removed)
                ++alike;
            if (alike == statements_.many && alike > 1 && !has_index_) {
                std::vector<Value> values;
                for (std::size_t j = i; j < i + alike; ++j)
                    values.insert(values.end(), changes[j].record.begin(), changes[j].record.end());
                co_await transaction->run(statements_.put_many, std::move(values));
                i += alike;
                continue;
            }
            co_await apply_one(*transaction, changes[i]);
            ++i;
        }
        co_await transaction->commit();
    }

    Task<> apply_one(Transaction& transaction, const Change& change)
    {
        if (has_index_) {
            const std::int64_t seq = std::get<std::int64_t>(change.record[0]);
            if (change.removed)
                co_await unindex_document(transaction, seq);
            else
                co_await index_document(transaction, seq, std::get<std::string>(change.record[1]));
        } else if (change.removed) {
            std::vector<Value> key = key_of(table_, change.record);
            co_await transaction.run(statements_.remove, std::move(key));
        } else {
            std::vector<Value> values = change.record;
            co_await transaction.run(statements_.put, std::move(values));
        }
    }

    Database& to_;
    Mover& arrival_;
    const Table& table_;
    const TableStatements statements_;
    const bool has_index_;
    std::vector<Change> changes_;
    std::uint64_t put_off_ = 0;
};

// A cursor, row by row.
class Walk {
public:
    explicit Walk(std::unique_ptr<RowCursor> cursor) : cursor_(std::move(cursor)) {}

    // Null at the end.
    Task<Record*> present()
    {
        if (at_ == page_.size() && !ended_) {
            page_ = co_await cursor_->next_page();
            at_ = 0;
            ended_ = page_.empty();
        }
        co_return at_ < page_.size() ? &page_[at_] : nullptr;
    }
    // The row after the present one, without asking for another page.
    bool step()
    {
        ++at_;
        return at_ < page_.size();
    }
    Record& here() { return page_[at_]; }

private:
    std::unique_ptr<RowCursor> cursor_;
    std::vector<Record> page_;
    std::size_t at_ = 0;
    bool ended_ = false;
};

std::string named(const Table& table, const Record& record)
{
    std::string text = table.name;
    for (const Value& part : key_of(table, record)) {
        if (const auto* number = std::get_if<std::int64_t>(&part))
            text += " " + std::to_string(*number);
        else if (const auto* words = std::get_if<std::string>(&part))
            text += " " + *words;
    }
    return text;
}

// One table, from its first row to its last, on both sides at once.
class TableWalk {
public:
    TableWalk(RowSource& from, Database& to, const Table& table, RowsReport& report, MoveProgress& progress)
        : table_(table),
          mine_(from.rows_of(table)),
          theirs_(PresentRows(to).rows_of(table)),
          report_(report),
          progress_(progress)
    {
    }

    // A difference: the row as it should be (null: it should not be), and as it is (null: it is not there).
    using Differ = std::function<Task<>(Record* wanted, Record* found)>;
    Task<> go(const Differ& differ)
    {
        Record* wanted = co_await mine_.present();
        Record* found = co_await theirs_.present();
        while (wanted || found) {
            const int order = !found ? -1 : !wanted ? 1 : compare_keys(table_, *wanted, *found);
            if (order != 0 || *wanted != *found) {
                if (report_.changes++ == 0)
                    report_.first = named(table_, order <= 0 ? *wanted : *found);
                co_await differ(order <= 0 ? wanted : nullptr, order >= 0 ? found : nullptr);
            }
            if (order <= 0) {
                ++report_.rows;
                ++progress_.rows;
                if (mine_.step())
                    wanted = &mine_.here();
                else
                    wanted = co_await mine_.present();
            }
            if (order >= 0) {
                if (theirs_.step())
                    found = &theirs_.here();
                else
                    found = co_await theirs_.present();
            }
        }
    }

private:
    const Table& table_;
    Walk mine_, theirs_;
    RowsReport& report_;
    MoveProgress& progress_;
};

// True when something was put off: another round is needed.
Task<bool> one_round(RowSource& from, Database& to, Mover& arrival, const std::vector<Table>& tables,
                     RowsReport& report, MoveProgress& progress)
{
    bool again = false;
    std::vector<std::vector<Record>> waiting(tables.size()); // to be removed, once nothing refers to them
    for (std::size_t i = 0; i < tables.size(); ++i) {
        TableWriter writer(to, arrival, tables[i]);
        std::vector<Record>& later = waiting[i];
        const TableWalk::Differ change = [&](Record* wanted, Record* found) -> Task<> {
            if (wanted) {
                co_await writer.put(std::move(*wanted));
            } else if (!tables[i].is_referred_to) {
                co_await writer.remove(std::move(*found));
            } else if (later.size() < most_waiting) {
                later.push_back(std::move(*found));
            } else {
                again = true;
            }
        };
        TableWalk walk(from, to, tables[i], report, progress);
        co_await walk.go(change);
        co_await writer.flush();
        again = again || writer.put_off() > 0;
    }
    for (std::size_t i = tables.size(); i-- > 0;) {
        TableWriter writer(to, arrival, tables[i]);
        for (Record& record : waiting[i])
            co_await writer.remove(std::move(record));
        co_await writer.flush();
        again = again || writer.put_off() > 0;
    }
    co_return again;
}

} // namespace

Task<RowsReport> make_rows_alike(RowSource& from, Database& to, Mover& arrival, std::vector<Table> tables,
                                 MoveProgress& progress)
{
    for (int round = 0; round < most_rounds; ++round) {
        RowsReport report;
        progress.rows = 0;
        const bool again = co_await one_round(from, to, arrival, tables, report, progress);
        if (!again)
            co_return report;
    }
    throw std::runtime_error("some rows do not fit together at the destination: its constraints refuse them");
}

Task<RowsReport> compare_rows(RowSource& from, Database& to, std::vector<Table> tables, MoveProgress& progress)
{
    RowsReport report;
    progress.rows = 0;
    const TableWalk::Differ nothing = [](Record*, Record*) -> Task<> { co_return; };
    for (const Table& table : tables) {
        TableWalk walk(from, to, table, report, progress);
        co_await walk.go(nothing);
    }
    co_return report;
}

} // namespace vitrina
