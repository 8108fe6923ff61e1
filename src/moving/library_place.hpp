#pragma once
#include "db/database.hpp"
#include "db/standing.hpp"
#include "storage/object_store.hpp"

#include <memory>
#include <stdexcept>
#include <string>

namespace vitrina {

// A library where it lies: its two engines, opened for moving, backing up or restoring it. Servers may be at work on
// it.
struct LibraryPlace {
    std::unique_ptr<Database> database;
    std::unique_ptr<ObjectStore> store;
    std::string database_words; // where it is; the same for the same place
    FilesPlace files;
};

// What was asked for cannot be done as things stand; the sentence is for the operator.
class MoveRefused : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// Throws MoveRefused with a sentence when the library in the database has a row, or its store an object, of ours.
Task<> check_is_empty(const LibraryPlace& place);
// Throws MoveRefused when the store has objects of ours in shape, and none of the first of them is in the database.
Task<> check_files_are_ours(const LibraryPlace& place);
// As check_is_empty, for the rows alone.
Task<> check_has_no_rows(const LibraryPlace& place);

} // namespace vitrina
