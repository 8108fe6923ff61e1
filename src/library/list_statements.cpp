#include "library/list_statements.hpp"

#include "library/search_index.hpp"
#include "library/video_row.hpp"

namespace vitrina {
namespace {

// A row that passes; $4, $5 and $6 are the tests.
#define PASSES                                                                                                         \
    " AND v.deleted_at IS NULL"                                                                                        \
    " AND ($4 = '' OR v.status = $4)"                                                                                  \
    " AND ($5 = '' OR instr((SELECT d.document FROM video_documents d WHERE d.seq = v.seq), $5) > 0)"                  \
    " AND ($6 = '[]' OR NOT EXISTS (SELECT 1 FROM json_each($6) wanted WHERE NOT EXISTS"                               \
    " (SELECT 1 FROM video_tags t WHERE t.tag = wanted.value AND t.seq = v.seq)))"
#define PASSES_POSTGRES                                                                                                \
    " AND v.deleted_at IS NULL"                                                                                        \
    " AND ($4 = '' OR v.status = $4)"                                                                                  \
    " AND ($5::text = '' OR strpos((SELECT d.document FROM video_documents d WHERE d.seq = v.seq), $5) > 0)"           \
    " AND ($6::text = '[]' OR NOT EXISTS (SELECT 1 FROM jsonb_array_elements_text($6::jsonb) AS wanted (value)"        \
    " WHERE NOT EXISTS (SELECT 1 FROM video_tags t WHERE t.tag = wanted.value AND t.seq = v.seq)))"

// A source as both engines write it. The left side is walked, the right one looked up: what CROSS JOIN says to SQLite,
// and OFFSET 0 to PostgreSQL, which else may merge two walks, and then begins the second at the newest video.
#define LOOKED_UP " CROSS JOIN LATERAL (SELECT * FROM videos o WHERE o.seq = w.seq OFFSET 0) v WHERE "
#define FROM_ALL " FROM videos v WHERE v.seq"
#define FROM_ALL_POSTGRES FROM_ALL
#define FROM_DOCUMENTS                                                                                                 \
    " FROM video_documents w CROSS JOIN videos v ON v.seq = w.seq WHERE instr(w.document, $7) > 0 AND w.seq"
#define FROM_DOCUMENTS_POSTGRES " FROM video_documents w" LOOKED_UP "strpos(w.document, $7) > 0 AND w.seq"
#define FROM_INDEX                                                                                                     \
    " FROM video_search w CROSS JOIN videos v ON v.seq = w.rowid WHERE w.video_search MATCH " MATCHING(                \
        "$7") " AND w.rowid"
#define FROM_INDEX_POSTGRES " FROM video_documents w" LOOKED_UP "w.document LIKE " MATCHING_POSTGRES("$7") " AND w.seq"
#define FROM_TAG " FROM video_tags w CROSS JOIN videos v ON v.seq = w.seq WHERE w.tag = $7 AND w.seq"
#define FROM_TAG_POSTGRES " FROM video_tags w" LOOKED_UP "w.tag = $7 AND w.seq"
#define FROM_STATUS " FROM videos v WHERE v.status = $7 AND v.seq"
#define FROM_STATUS_POSTGRES FROM_STATUS
// "$7 = ''" gives every source the same parameters.
#define FROM_EVERYTHING " FROM videos v WHERE $7 = '' AND v.seq"
#define FROM_EVERYTHING_POSTGRES FROM_EVERYTHING

#define WALK(from, passes, seq, direction)                                                                             \
    "SELECT " VIDEO_COLUMNS from " BETWEEN $1 AND $2" passes " ORDER BY " seq direction " LIMIT $3"
#define BY_DATE(from, seq, seq_postgres)                                                                               \
    ListStatement                                                                                                      \
    {                                                                                                                  \
        {WALK(from, PASSES, seq, ""), WALK(from##_POSTGRES, PASSES_POSTGRES, seq_postgres, "")},                       \
        {                                                                                                              \
            WALK(from, PASSES, seq, " DESC"), WALK(from##_POSTGRES, PASSES_POSTGRES, seq_postgres, " DESC")            \
        }                                                                                                              \
    }

constexpr ListStatement all_by_date = BY_DATE(FROM_ALL, "v.seq", "v.seq");
constexpr ListStatement documents_by_date = BY_DATE(FROM_DOCUMENTS, "w.seq", "w.seq");
constexpr ListStatement index_by_date = BY_DATE(FROM_INDEX, "w.rowid", "w.seq");
constexpr ListStatement tag_by_date = BY_DATE(FROM_TAG, "w.seq", "w.seq");
constexpr ListStatement status_by_date = BY_DATE(FROM_STATUS, "v.seq", "v.seq");

// Few rows of a source (seqs between $8 and $9), sorted.
#define SORT(from, passes, after, direction)                                                                           \
    "SELECT " VIDEO_COLUMNS " FROM videos v WHERE v.seq IN (SELECT v.seq" from " BETWEEN $8 AND $9"                    \
    " AND (v.title_key, v.uploaded_at) " after " ($1, $2)" passes " ORDER BY v.title_key" direction                    \
    ", v.uploaded_at" direction " LIMIT $3) ORDER BY v.title_key" direction ", v.uploaded_at" direction
#define SORTED(from)                                                                                                   \
    ListStatement                                                                                                      \
    {                                                                                                                  \
        {SORT(from, PASSES, ">", ""), SORT(from##_POSTGRES, PASSES_POSTGRES, ">", "")},                                \
        {                                                                                                              \
            SORT(from, PASSES, "<", " DESC"), SORT(from##_POSTGRES, PASSES_POSTGRES, "<", " DESC")                     \
        }                                                                                                              \
    }

constexpr ListStatement index_sorted = SORTED(FROM_INDEX);
constexpr ListStatement tag_sorted = SORTED(FROM_TAG);
constexpr ListStatement status_sorted = SORTED(FROM_STATUS);
constexpr ListStatement all_sorted = SORTED(FROM_EVERYTHING);

#define ALONG_TITLES(passes, after, until, direction)                                                                  \
    "SELECT " VIDEO_COLUMNS " FROM videos v WHERE (v.title_key, v.uploaded_at) " after " ($1, $2) AND "                \
    "(v.title_key, v.uploaded_at) " until " ($7, $8) AND v.uploaded_at BETWEEN $9 AND $10" passes                      \
    " ORDER BY v.title_key" direction ", v.uploaded_at" direction " LIMIT $3"

} // namespace

const ListStatement& rows_by_date(ListSource source)
{
    switch (source) {
    case ListSource::all: return all_by_date;
    case ListSource::documents: return documents_by_date;
    case ListSource::index: return index_by_date;
    case ListSource::tag: return tag_by_date;
    case ListSource::status: break;
    }
    return status_by_date;
}

constexpr ListStatement rows_by_title{
    {ALONG_TITLES(PASSES, ">", "<=", ""), ALONG_TITLES(PASSES_POSTGRES, ">", "<=", "")},
    {ALONG_TITLES(PASSES, "<", ">=", " DESC"), ALONG_TITLES(PASSES_POSTGRES, "<", ">=", " DESC")}};

const ListStatement& rows_sorted_by_title(ListSource source)
{
    switch (source) {
    case ListSource::index: return index_sorted;
    case ListSource::tag: return tag_sorted;
    case ListSource::status: return status_sorted;
    case ListSource::all:
    case ListSource::documents: break;
    }
    return all_sorted;
}

constexpr ListStatement title_further_on{
    {"SELECT v.title_key, v.uploaded_at FROM videos v WHERE v.deleted_at IS NULL AND "
     "(v.title_key, v.uploaded_at) > ($1, $2) ORDER BY v.title_key, v.uploaded_at LIMIT 1 OFFSET $3"},
    {"SELECT v.title_key, v.uploaded_at FROM videos v WHERE v.deleted_at IS NULL AND "
     "(v.title_key, v.uploaded_at) < ($1, $2) ORDER BY v.title_key DESC, v.uploaded_at DESC LIMIT 1 OFFSET $3"}};

} // namespace vitrina
