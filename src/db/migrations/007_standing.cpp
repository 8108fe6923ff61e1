#include "db/migrations/007_standing.hpp"

namespace vitrina {

// What holds of this place and not of the library in it: neither is copied along when the library moves (db/tables).
//
// library_standing has one row, or none where nothing was ever moved (db/standing). arrived_objects is the ledger of a
// move into the store beside it: an object is entered without a digest before its first byte, and with it when it is
// there whole.
constinit const Migration standing_migration{7, "standing", R"sql(
CREATE TABLE library_standing (
    id          INTEGER PRIMARY KEY,
    library     TEXT   NOT NULL,
    state       TEXT   NOT NULL,
    move        TEXT   NOT NULL,
    other       TEXT   NOT NULL,
    mover       TEXT   NOT NULL,
    until       BIGINT NOT NULL,
    files_mark  TEXT   NOT NULL,
    files_place TEXT   NOT NULL
);
CREATE TABLE arrived_objects (
    key    TEXT   NOT NULL PRIMARY KEY,
    size   BIGINT NOT NULL,
    sha256 TEXT   NOT NULL
) WITHOUT ROWID;
)sql"};

} // namespace vitrina
