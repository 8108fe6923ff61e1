#pragma once
#include <string>
#include <string_view>

namespace vitrina {

// The bridge between the sketch's tables, in the quoted `schema`, and ours. Running either again replaces what it made.

// What carries over, and the triggers on our own tables.
std::string sketch_functions(std::string_view schema);
// The triggers on the sketch's tables. Nobody may read those for a moment, so these come last.
std::string sketch_triggers(std::string_view schema);

} // namespace vitrina
