#pragma once
#include "db/database.hpp"

#include <cstdint>
#include <string>

namespace vitrina {

// What the index is asked for a folded text: SQLite's for a phrase (its trigrams one after the other, which is the text
// itself), PostgreSQL's for a pattern. `needle` is the parameter.
#define MATCHING(needle) "('\"' || replace(" needle ", '\"', '\"\"') || '\"')"
#define MATCHING_POSTGRES(needle)                                                                                      \
    "('%' || replace(replace(replace(" needle ", '\\', '\\\\'), '%', '\\%'), '_', '\\_') || '%')"

// The folded text of each video and the trigram index over it, changed together in the caller's transaction.

// What the video with that seq is found by from now on.
Task<> index_document(Transaction& transaction, std::int64_t seq, std::string document);
Task<> unindex_document(Transaction& transaction, std::int64_t seq);
// False where PostgreSQL has no pg_trgm: every search then walks the documents.
Task<bool> search_is_indexed(Database& database);
// What an administrator of that database does about it.
inline constexpr const char* how_to_index_search = "CREATE EXTENSION pg_trgm; CREATE INDEX CONCURRENTLY video_search "
                                                   "ON video_documents USING gin (document gin_trgm_ops);";

} // namespace vitrina
