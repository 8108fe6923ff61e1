#pragma once
#include "db/tables.hpp"

#include <memory>
#include <vector>

namespace vitrina {

// The rows of one table in the order of their keys, some at a time.
class RowCursor {
public:
    virtual ~RowCursor() = default;
    // Empty when there are no more.
    virtual Task<std::vector<Record>> next_page() = 0;
};

// Where rows come from: a database, or a backup.
class RowSource {
public:
    virtual ~RowSource() = default;
    virtual std::unique_ptr<RowCursor> rows_of(const Table& table) = 0;
};

// A database as it was at one moment.
class SnapshotRows final : public RowSource {
public:
    explicit SnapshotRows(Snapshot& snapshot) : snapshot_(snapshot) {}
    std::unique_ptr<RowCursor> rows_of(const Table& table) override;

private:
    Snapshot& snapshot_;
};

// A database as it is, page by page.
class PresentRows final : public RowSource {
public:
    explicit PresentRows(Database& database) : db_(database) {}
    std::unique_ptr<RowCursor> rows_of(const Table& table) override;

private:
    Database& db_;
};

} // namespace vitrina
