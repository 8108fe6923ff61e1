#pragma once
#include "db/database.hpp"
#include "library/video_query.hpp"

namespace vitrina {

// Where the rows of a list come from, before they are tested.
enum class ListSource { all, documents, index, tag, status };

// A statement in both directions.
struct ListStatement {
    Sql ascending, descending;
    Sql in(SortDirection direction) const { return direction == SortDirection::ascending ? ascending : descending; }
};

// All of them give VIDEO_COLUMNS (library/video_row.hpp), at most $3 rows, and test each: $4 is the status, $5 the
// folded text, $6 the tags as a JSON array; "" and [] ask nothing.

// Seqs $1 to $2; $7 is the source's key, where it has one.
const ListStatement& rows_by_date(ListSource source);
// Along the titles, from ($1, $2) to ($7, $8); uploaded between $9 and $10.
extern const ListStatement rows_by_title;
// The rows of a source that has few (seqs between $8 and $9) after the title place ($1, $2), sorted; $7 is its key.
const ListStatement& rows_sorted_by_title(ListSource source);
// The title place $3 titles after ($1, $2): title_key and uploaded_at.
extern const ListStatement title_further_on;

} // namespace vitrina
