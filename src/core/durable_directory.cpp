#include "core/durable_directory.hpp"

#include "core/descriptor.hpp"

#include <cerrno>
#include <fcntl.h>
#include <unistd.h>
#include <vector>

namespace vitrina {

void make_durable_directories(const std::filesystem::path& path, std::error_code& error)
{
    std::filesystem::path made = std::filesystem::absolute(path, error).lexically_normal();
    if (error)
        return;
    if (!made.has_filename())
        made = made.parent_path(); // "data/" is "data"
    std::vector<std::filesystem::path> parents{made.parent_path()};
    for (std::filesystem::path above = made; !std::filesystem::exists(above, error) && !error;
         above = above.parent_path())
        parents.push_back(above.parent_path());
    if (!error && std::filesystem::create_directories(made, error) && !error)
        std::filesystem::permissions(made, std::filesystem::perms::owner_all, error);
    for (const auto& parent : parents) {
        const Descriptor directory(::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        if (!error && directory && ::fsync(directory.get()) != 0 && errno != EINVAL && errno != EROFS)
            error.assign(errno, std::generic_category());
    }
}

} // namespace vitrina
