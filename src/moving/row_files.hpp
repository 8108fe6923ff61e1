#pragma once
#include "core/digest.hpp"
#include "moving/manifest.hpp"
#include "moving/row_source.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace vitrina {

// A row as a line of a backup: a JSON array of null, whole numbers, reals and text.
std::string to_line(const Record& record);
// Throws std::runtime_error for what is none.
Record parse_line(std::string_view line);

// Writes the rows of one table, in files of a bounded size.
class RowFileWriter {
public:
    RowFileWriter(ObjectStore& store, std::string id, const Table& table);

    Task<> add(const Record& record);
    Task<TableRows> finish();

private:
    Task<> flush();
    Task<> end_file();

    ObjectStore& store_;
    std::string id_;
    TableRows rows_;
    RowFile file_;
    std::unique_ptr<ObjectWriter> writer_;
    Sha256Sum sum_;
    std::string buffer_;
};

// The rows of a backup. A cursor throws MoveRefused at the end of a file that is not what the manifest says.
class BackupRows final : public RowSource {
public:
    BackupRows(ObjectStore& store, const Manifest& manifest) : store_(store), manifest_(manifest) {}
    std::unique_ptr<RowCursor> rows_of(const Table& table) override;

private:
    ObjectStore& store_;
    const Manifest& manifest_;
};

} // namespace vitrina
