#pragma once
#include "core/id.hpp"
#include "db/database.hpp"

#include <vector>

namespace vitrina {

// Publications that are under way, or whose post is to be taken back, with no job that goes on with them: its record
// was lost, or restored from another time. In order of their ids, from behind `after` on, "" for the first.
Task<std::vector<PublicationId>> stranded_publications(Database& database, std::string after, int limit);

} // namespace vitrina
