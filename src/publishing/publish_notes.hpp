#pragma once
#include "publishing/publications.hpp"

#include <string>
#include <vector>

namespace vitrina {

// Adds lines to what was said about a publication; the newest are kept.
Task<> append_notes(Transaction& transaction, std::string publication, std::vector<PublicationNote> notes);

} // namespace vitrina
