#include "moving/manifest.hpp"

#include "core/digest.hpp"
#include "moving/library_place.hpp"

#include <algorithm>
#include <boost/json.hpp>

namespace vitrina {
namespace {

namespace json = boost::json;

constexpr std::int64_t format = 1;
constexpr std::size_t largest_manifest = 16u << 20; // a line for every 64 MiB of rows

json::object described(const TableRows& table)
{
    json::array files;
    for (const RowFile& file : table.files)
        files.push_back({{"name", file.name}, {"sha256", file.sha256}, {"size", file.size}, {"rows", file.rows}});
    return {{"name", table.name},
            {"columns", json::array(table.columns.begin(), table.columns.end())},
            {"rows", table.rows},
            {"given", table.given ? json::value(*table.given) : json::value(nullptr)},
            {"files", std::move(files)}};
}

std::string text(const json::value& value, std::string_view name)
{
    return std::string(value.at(name).as_string());
}

std::uint64_t number(const json::value& value, std::string_view name)
{
    return value.at(name).to_number<std::uint64_t>();
}

TableRows read_table(const json::value& value)
{
    TableRows table;
    table.name = text(value, "name");
    for (const json::value& column : value.at("columns").as_array())
        table.columns.emplace_back(column.as_string());
    table.rows = number(value, "rows");
    if (!value.at("given").is_null())
        table.given = value.at("given").to_number<std::int64_t>();
    for (const json::value& file : value.at("files").as_array())
        table.files.push_back({text(file, "name"), text(file, "sha256"), number(file, "size"), number(file, "rows")});
    return table;
}

MoveRefused damaged(const std::string& id, const std::string& what)
{
    return MoveRefused("The backup " + id + " is damaged: " + what + ".");
}

} // namespace

std::string to_json(const Manifest& manifest)
{
    json::array tables;
    for (const TableRows& table : manifest.tables)
        tables.push_back(described(table));
    const json::object whole{{"format", format},
                             {"id", manifest.id},
                             {"made_at", manifest.made_at},
                             {"program", manifest.program},
                             {"library", manifest.library},
                             {"key_id", manifest.key_id},
                             {"secret_key_sha256", manifest.secret_key_sha256},
                             {"objects", manifest.objects},
                             {"bytes", manifest.bytes},
                             {"tables", std::move(tables)}};
    return json::serialize(whole) + "\n";
}

std::optional<Manifest> parse_manifest(std::string_view text_of_it)
{
    try {
        const json::value value = json::parse(text_of_it);
        if (value.at("format").to_number<std::int64_t>() != format)
            return std::nullopt;
        Manifest manifest;
        manifest.id = text(value, "id");
        manifest.made_at = text(value, "made_at");
        manifest.program = text(value, "program");
        manifest.library = text(value, "library");
        manifest.key_id = text(value, "key_id");
        manifest.secret_key_sha256 = text(value, "secret_key_sha256");
        manifest.objects = number(value, "objects");
        manifest.bytes = number(value, "bytes");
        for (const json::value& table : value.at("tables").as_array())
            manifest.tables.push_back(read_table(table));
        return manifest;
    } catch (const std::exception&) { // whatever is wrong with it, it is no manifest
        return std::nullopt;
    }
}

std::string to_sums(const std::map<std::string, std::string>& sha256_of)
{
    std::string lines;
    for (const auto& [name, sha256] : sha256_of)
        lines += sha256 + "  " + name + "\n";
    return lines;
}

ObjectKey content_key(std::string_view sha256)
{
    return "content/" + std::string(sha256.substr(0, 2)) + "/" + std::string(sha256);
}

ObjectKey snapshot_key(std::string_view id, std::string_view name)
{
    return "snapshots/" + std::string(id) + "/" + std::string(name);
}

Task<std::optional<std::string>> read_small(ObjectStore& store, ObjectKey key, std::size_t limit)
{
    const auto source = co_await store.open(std::move(key));
    if (!source || source->size() > limit)
        co_return std::nullopt;
    std::string text_read(source->size(), '\0');
    for (std::size_t at = 0; at < text_read.size();) {
        const auto room = std::as_writable_bytes(std::span(text_read)).subspan(at);
        const std::size_t got = co_await source->read(at, room);
        if (got == 0)
            co_return std::nullopt;
        at += got;
    }
    co_return text_read;
}

Task<> write_small(ObjectStore& store, ObjectKey key, std::string words)
{
    const auto writer = co_await store.create(std::move(key));
    co_await writer->write(std::as_bytes(std::span(words)));
    co_await writer->finish();
}

Task<std::string> newest_backup(ObjectStore& store)
{
    constexpr std::string_view folder = "snapshots/", last = "/manifest.json";
    std::string newest;
    const std::function<Task<>(const ObjectInfo&)> look = [&](const ObjectInfo& object) -> Task<> {
        if (object.key.ends_with(last)) {
            const std::size_t length = object.key.size() - folder.size() - last.size();
            newest = std::max(newest, object.key.substr(folder.size(), length));
        }
        co_return;
    };
    co_await store.list(std::string(folder), look);
    co_return newest;
}

Task<Manifest> get_manifest(ObjectStore& store, std::string id)
{
    const auto words = co_await read_small(store, snapshot_key(id, "manifest.json"), largest_manifest);
    if (!words)
        throw MoveRefused("There is no backup " + id + " there, or it was never finished.");
    auto manifest = parse_manifest(*words);
    if (!manifest || manifest->id != id)
        throw damaged(id, "its manifest.json cannot be read by this version");
    std::map<std::string, std::string> sums{{"manifest.json", sha256_hex(*words)}};
    for (const TableRows& table : manifest->tables)
        for (const RowFile& file : table.files)
            sums[file.name] = file.sha256;
    if (!manifest->secret_key_sha256.empty())
        sums["secret.key"] = manifest->secret_key_sha256;
    const auto written = co_await read_small(store, snapshot_key(id, "SHA256SUMS"), largest_manifest);
    if (!written || *written != to_sums(sums))
        throw damaged(id, "its manifest.json and its SHA256SUMS do not agree");
    co_return std::move(*manifest);
}

} // namespace vitrina
