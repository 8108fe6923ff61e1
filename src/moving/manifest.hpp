#pragma once
#include "db/tables.hpp"
#include "storage/object_store.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vitrina {

// How a backup lies in its store (docs/moving.md):
//
//   content/ab/ab12…                       bytes of objects, named by their SHA-256; shared by all backups there
//   snapshots/ID/rows/videos-000001.jsonl  rows, one JSON array a line, in the order of their keys
//   snapshots/ID/secret.key                only where it was asked for
//   snapshots/ID/SHA256SUMS                of the files beside it, as sha256sum -c reads it
//   snapshots/ID/manifest.json             what there is; written last, so what has none is no backup
struct RowFile {
    std::string name; // "rows/videos-000001.jsonl"
    std::string sha256;
    std::uint64_t size = 0;
    std::uint64_t rows = 0;
};

struct TableRows {
    std::string name;
    std::vector<std::string> columns;
    std::uint64_t rows = 0;
    std::optional<std::int64_t> given; // the highest number that the table gave
    std::vector<RowFile> files;
};

struct Manifest {
    std::string id; // "20260301T120000123456Z-1f2e3d4c": the newest sorts last
    std::string made_at, program, library;
    std::string key_id;          // of the key that opens what is sealed in the rows
    std::string secret_key_sha256; // "" where the key itself is not in the backup
    std::uint64_t objects = 0, bytes = 0;
    std::vector<TableRows> tables;
};

std::string to_json(const Manifest& manifest);
// Nothing when it is none, or one of another format.
std::optional<Manifest> parse_manifest(std::string_view json);

// "hash  name" a line, sorted by name.
std::string to_sums(const std::map<std::string, std::string>& sha256_of);

ObjectKey content_key(std::string_view sha256);
ObjectKey snapshot_key(std::string_view id, std::string_view name);

// Whole small objects. Nothing when there is none, or it is larger than `limit` bytes.
Task<std::optional<std::string>> read_small(ObjectStore& store, ObjectKey key, std::size_t limit);
Task<> write_small(ObjectStore& store, ObjectKey key, std::string text);

// The newest backup of a store; "" when it has none.
Task<std::string> newest_backup(ObjectStore& store);
// Read and held against its SHA256SUMS. Throws MoveRefused.
Task<Manifest> get_manifest(ObjectStore& store, std::string id);

} // namespace vitrina
