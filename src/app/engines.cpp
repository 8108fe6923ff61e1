#include "app/engines.hpp"

#include "core/errors.hpp"
#include "db/sqlite/open_sqlite.hpp"
#include "storage/disk_store.hpp"

#include <filesystem>

namespace vitrina {
namespace {

// The data directory holds keys and other people's videos: it is nobody else's to read.
std::filesystem::path data_directory(const Settings& settings)
{
    const std::filesystem::path path = settings.text("VITRINA_DATA");
    std::error_code failed;
    if (std::filesystem::create_directories(path, failed))
        std::filesystem::permissions(path, std::filesystem::perms::owner_all, failed);
    if (failed)
        throw Unavailable("The data directory " + path.string() + " cannot be used: " + failed.message() +
                          ". Choose another one with VITRINA_DATA.");
    return path;
}

} // namespace

std::unique_ptr<Database> open_database(const Settings& settings)
{
    if (!settings.text("DB_HOST").empty())
        throw Unavailable("DB_HOST is set, but this version has no PostgreSQL engine. Unset DB_HOST to use SQLite.");
    return open_sqlite(data_directory(settings) / "vitrina.db");
}

std::unique_ptr<ObjectStore> open_store(const Settings& settings)
{
    if (!settings.text("S3_BUCKET_NAME").empty())
        throw Unavailable("S3_BUCKET_NAME is set, but this version has no S3 engine. Unset it to keep files on disk.");
    return open_disk_store(data_directory(settings) / "objects");
}

} // namespace vitrina
