#pragma once
#include "db/database.hpp"

#include <cstdint>
#include <string>

namespace vitrina {

// The folded text of each video and the trigram index over it, changed together in the caller's transaction.

// What the video with that seq is found by from now on.
Task<> index_document(Transaction& transaction, std::int64_t seq, std::string document);
Task<> unindex_document(Transaction& transaction, std::int64_t seq);

} // namespace vitrina
