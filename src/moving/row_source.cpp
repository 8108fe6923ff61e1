#include "moving/row_source.hpp"

namespace vitrina {
namespace {

// Of a Database or a Snapshot: whatever reads.
template <class Reader>
class KeysetCursor final : public RowCursor {
public:
    KeysetCursor(Reader& reader, const Table& table) : reader_(reader), table_(table), statements_(table) {}

    Task<std::vector<Record>> next_page() override
    {
        std::vector<Record> records;
        if (ended_)
            co_return records;
        std::vector<Value> parameters = last_;
        parameters.push_back(TableStatements::page);
        const Sql statement = last_.empty() ? statements_.first_page : statements_.next_page;
        const Rows rows = co_await reader_.read(statement, std::move(parameters));
        records.reserve(rows.size());
        for (std::size_t i = 0; i < rows.size(); ++i)
            records.push_back(record_of(table_, rows[i]));
        ended_ = rows.size() < std::size_t(TableStatements::page);
        if (!records.empty())
            last_ = key_of(table_, records.back());
        co_return records;
    }

private:
    Reader& reader_;
    const Table table_;
    const TableStatements statements_;
    std::vector<Value> last_; // the key of the last row given
    bool ended_ = false;
};

} // namespace

std::unique_ptr<RowCursor> SnapshotRows::rows_of(const Table& table)
{
    return std::make_unique<KeysetCursor<Snapshot>>(snapshot_, table);
}

std::unique_ptr<RowCursor> PresentRows::rows_of(const Table& table)
{
    return std::make_unique<KeysetCursor<Database>>(db_, table);
}

} // namespace vitrina
