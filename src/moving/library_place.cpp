#include "moving/library_place.hpp"

#include "db/tables.hpp"

#include <functional>
#include <vector>

namespace vitrina {
namespace {

// How many are looked at before they are taken for another library's.
constexpr std::size_t looked_at = 1000;

struct Enough {};

// The first few keys below a folder.
Task<std::vector<ObjectKey>> first_objects(ObjectStore& store, std::size_t limit)
{
    std::vector<ObjectKey> keys;
    const std::function<Task<>(const ObjectInfo&)> keep = [&](const ObjectInfo& object) -> Task<> {
        keys.push_back(object.key);
        if (keys.size() >= limit)
            throw Enough{};
        co_return;
    };
    try {
        for (const char* folder : {"videos/", "thumbnails/"})
            co_await store.list(folder, keep);
    } catch (const Enough&) {
    }
    co_return keys;
}

MoveRefused has_files(const LibraryPlace& place, const ObjectKey& key)
{
    return MoveRefused("There are files of a library in " + place.files.words + " already (" + key +
                       "): name an empty place.");
}

} // namespace

Task<> check_has_no_rows(const LibraryPlace& place)
{
    const std::vector<Table> tables = co_await tables_of(*place.database);
    for (const Table& table : tables) {
        const TableStatements statements(table);
        std::vector<Value> one{std::int64_t{1}};
        const Rows rows = co_await place.database->read(statements.first_page, std::move(one));
        if (!rows.empty())
            throw MoveRefused("There is a library in " + place.database_words + " already (its table " + table.name +
                              " has rows): name an empty database.");
    }
}

Task<> check_is_empty(const LibraryPlace& place)
{
    co_await check_has_no_rows(place);
    const std::vector<ObjectKey> found = co_await first_objects(*place.store, 1);
    if (!found.empty())
        throw has_files(place, found.front());
}

Task<> check_files_are_ours(const LibraryPlace& place)
{
    static constexpr Sql known{"SELECT 1 FROM objects WHERE key = $1"};
    const std::vector<ObjectKey> found = co_await first_objects(*place.store, looked_at);
    for (const ObjectKey& key : found) {
        const Rows rows = co_await place.database->read(known, key);
        if (!rows.empty())
            co_return;
    }
    if (!found.empty())
        throw has_files(place, found.front());
}

} // namespace vitrina
