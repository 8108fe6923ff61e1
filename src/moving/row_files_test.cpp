#include "moving/row_files.hpp"

#include "moving/library_place.hpp"
#include "storage/memory_store.hpp"
#include "unit/run.hpp"

#include <doctest/doctest.h>

using namespace vitrina;

namespace {

const Table cats{"cats", {"id", "name"}, {0}, false, false};

Task<TableRows> write_cats(ObjectStore& store, std::int64_t count)
{
    RowFileWriter writer(store, "now", cats);
    for (std::int64_t i = 1; i <= count; ++i) {
        const Record record{i, "cat " + std::to_string(i)};
        co_await writer.add(record);
    }
    TableRows rows = co_await writer.finish();
    co_return rows;
}

Task<std::vector<Record>> read_cats(RowCursor& cursor)
{
    std::vector<Record> all;
    std::vector<Record> page = co_await cursor.next_page();
    while (!page.empty()) {
        all.insert(all.end(), page.begin(), page.end());
        page = co_await cursor.next_page();
    }
    co_return all;
}

} // namespace

TEST_CASE("row files: a row survives its line, whatever it holds")
{
    const Record record{std::int64_t{-1},
                        std::int64_t{9'007'199'254'740'993}, // more than a double can hold
                        std::monostate{},
                        25.0,
                        0.1,
                        std::string(""),
                        std::string("quotes \" and \\ and \n and 日本語 and \xff")};
    const std::string line = to_line(record);
    CHECK(line.find('\n') == line.size() - 1);
    CHECK(parse_line(std::string_view(line).substr(0, line.size() - 1)) == record);
    CHECK_THROWS(parse_line("{}"));
    CHECK_THROWS(parse_line("[true]"));
    CHECK_THROWS(parse_line("[1"));
}

TEST_CASE("row files: what was written is read, and a changed byte is found")
{
    const auto store = make_memory_store();
    Manifest manifest;
    manifest.id = "now";
    manifest.tables.push_back(run(write_cats(*store, 50'000)));
    const RowFile file = manifest.tables.front().files.front();
    CHECK(file.name == "rows/cats-000001.jsonl");
    CHECK(file.rows == 50'000);
    BackupRows rows(*store, manifest);
    CHECK(run(read_cats(*rows.rows_of(cats))).size() == 50'000);

    std::string text = run(read_small(*store, snapshot_key("now", file.name), 64u << 20)).value();
    text[text.size() / 2] = text[text.size() / 2] == '7' ? '8' : '7';
    run(store->remove(snapshot_key("now", file.name)));
    run(write_small(*store, snapshot_key("now", file.name), text));
    CHECK_THROWS_AS(run(read_cats(*rows.rows_of(cats))), MoveRefused);
}

TEST_CASE("row files: a table without rows has no file")
{
    const auto store = make_memory_store();
    Manifest manifest;
    manifest.id = "now";
    manifest.tables.push_back(run(write_cats(*store, 0)));
    CHECK(manifest.tables.front().files.empty());
    BackupRows rows(*store, manifest);
    CHECK(run(read_cats(*rows.rows_of(cats))).empty());
}

TEST_CASE("manifest: it is read as it was written, and is no manifest when anything is missing")
{
    Manifest manifest;
    manifest.id = "20260301T120000Z-1f2e3d4c";
    manifest.program = "1.2.3";
    manifest.objects = 2;
    manifest.bytes = 5'000'000'000;
    manifest.tables.push_back({"cats", {"id", "name"}, 7, 9, {{"rows/cats-000001.jsonl", "ab", 70, 7}}});
    const auto read = parse_manifest(to_json(manifest));
    REQUIRE(read);
    CHECK(to_json(*read) == to_json(manifest));
    CHECK(read->tables.front().given == 9);
    CHECK_FALSE(parse_manifest(""));
    CHECK_FALSE(parse_manifest("{}"));
    CHECK_FALSE(parse_manifest(R"({"format":2})"));
}

TEST_CASE("manifest: the newest backup is the last one that was finished")
{
    const auto store = make_memory_store();
    CHECK(run(newest_backup(*store)).empty());
    run(write_small(*store, snapshot_key("20260301T120000Z-aaaaaaaa", "manifest.json"), "{}"));
    run(write_small(*store, snapshot_key("20260302T120000Z-bbbbbbbb", "manifest.json"), "{}"));
    run(write_small(*store, snapshot_key("20260303T120000Z-cccccccc", "SHA256SUMS"), ""));
    CHECK(run(newest_backup(*store)) == "20260302T120000Z-bbbbbbbb");
    CHECK_THROWS_WITH_AS(run(get_manifest(*store, "20260303T120000Z-cccccccc")), doctest::Contains("never finished"),
                         MoveRefused);
    CHECK_THROWS_WITH_AS(run(get_manifest(*store, "20260302T120000Z-bbbbbbbb")), doctest::Contains("damaged"),
                         MoveRefused);
}
