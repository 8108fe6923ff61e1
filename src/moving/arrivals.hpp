#pragma once
#include "db/tables.hpp"
#include "moving/transfers.hpp"
#include "storage/object_store.hpp"

#include <string>
#include <vector>

namespace vitrina {

// The ledger of the objects that came into a store, kept in the database beside it: a move that was killed goes on
// without copying again what had arrived.
class Arrivals {
public:
    explicit Arrivals(Database& database);

    // Marks in each transfer what the ledger knows: arrived, or begun. They are in the order of their keys.
    Task<> look_up(std::vector<Transfer>& transfers);
    // Before the first byte; after the last one of each that has arrived.
    Task<> note_begun(const std::vector<Transfer>& batch);
    Task<> note_arrived(const std::vector<Transfer>& batch);

    // Removes from the store what came and is no live object any more: deleted on the other side meanwhile.
    Task<> remove_left_over(ObjectStore& store);
    // How many live objects have not arrived as their rows say.
    Task<std::int64_t> missing();
    Task<> forget();

private:
    Task<> note(const std::vector<Transfer>& batch, bool arrived);

    Database& db_;
    Table table_;
    TableStatements statements_;
};

} // namespace vitrina
