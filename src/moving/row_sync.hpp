#pragma once
#include "db/standing.hpp"
#include "moving/progress.hpp"
#include "moving/row_source.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace vitrina {

struct RowsReport {
    std::uint64_t rows = 0;    // in the source
    std::uint64_t changes = 0; // put or removed, or, where nothing is changed, found to differ
    std::string first;         // the table and key of the first difference
};

// Makes the tables of a database like those of a source, by walking both in the order of their keys and changing what
// differs: the first time that is a copy, later it brings what has changed since. Memory does not grow with the rows.
// May be killed and begun anew at any time. `arrival` is asked in each transaction: when another mover has taken over,
// MoveRefused is thrown.
Task<RowsReport> make_rows_alike(RowSource& from, Database& to, Mover& arrival, std::vector<Table> tables,
                                 MoveProgress& progress);

// The same walk, changing nothing: whether every row is there, equal in every column, and no other.
Task<RowsReport> compare_rows(RowSource& from, Database& to, std::vector<Table> tables, MoveProgress& progress);

} // namespace vitrina
