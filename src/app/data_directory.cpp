#include "app/data_directory.hpp"

#include "core/durable_directory.hpp"
#include "core/errors.hpp"

namespace vitrina {

std::filesystem::path data_directory(const Settings& settings)
{
    const std::filesystem::path path = settings.text("VITRINA_DATA");
    std::error_code failed;
    make_durable_directories(path, failed);
    if (failed)
        throw Unavailable("The data directory " + path.string() + " cannot be used: " + failed.message() +
                          ". Choose another one with VITRINA_DATA.");
    return path;
}

} // namespace vitrina
