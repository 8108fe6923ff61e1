#include "storage/disk_walk.hpp"

#include <cerrno>
#include <dirent.h>
#include <fcntl.h>
#include <string_view>
#include <sys/stat.h>

namespace vitrina {
namespace {

constexpr std::size_t page_size = 256;
constexpr std::size_t deepest = 16; // keys made by us have three levels

struct CloseDirectory {
    void operator()(DIR* directory) const { ::closedir(directory); }
};

} // namespace

struct DiskWalk::Level {
    std::unique_ptr<DIR, CloseDirectory> entries;
    std::string path; // "" or "videos/"
};

DiskWalk::DiskWalk(DiskTree& tree, std::string prefix, Which which) : prefix_(std::move(prefix)), which_(which)
{
    const auto slash = prefix_.rfind('/');
    const std::string path = slash == prefix_.npos ? "" : prefix_.substr(0, slash + 1);
    descend(tree.open_directory(std::string_view(path).substr(0, path.empty() ? 0 : path.size() - 1)), path);
}

DiskWalk::~DiskWalk() = default;

void DiskWalk::descend(Descriptor directory, std::string path)
{
    if (!directory || levels_.size() >= deepest)
        return;
    const int own = ::fcntl(directory.get(), F_DUPFD_CLOEXEC, 0); // closedir closes it
    DIR* const entries = own < 0 ? nullptr : ::fdopendir(own);
    if (!entries) {
        const Descriptor unused(own);
        throw_disk_error(errno, "listing a directory");
    }
    levels_.push_back({std::unique_ptr<DIR, CloseDirectory>(entries), std::move(path)});
}

std::vector<ObjectInfo> DiskWalk::next_page()
{
    std::vector<ObjectInfo> page;
    while (!levels_.empty() && page.size() < page_size) {
        errno = 0;
        const dirent* entry = ::readdir(levels_.back().entries.get());
        if (entry)
            visit(entry->d_name, page);
        else if (errno != 0)
            throw_disk_error(errno, "listing a directory");
        else
            levels_.pop_back();
    }
    return page;
}

void DiskWalk::visit(const char* name, std::vector<ObjectInfo>& page)
{
    const std::string_view text(name);
    if (text.starts_with('.'))
        return;
    const bool unfinished = text.ends_with(part_suffix);
    std::string key = levels_.back().path + name;
    const int directory = ::dirfd(levels_.back().entries.get());
    struct stat status{};
    if (::fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) != 0)
        return; // gone meanwhile

    if (S_ISREG(status.st_mode) && key.starts_with(prefix_)) {
        if (unfinished != (which_ == Which::unfinished))
            return;
        if (unfinished)
            key.resize(key.size() - part_suffix.size());
        page.push_back({std::move(key), std::uint64_t(status.st_size), status.st_mtim.tv_sec});
    } else if (S_ISDIR(status.st_mode)) {
        key += '/';
        if (key.starts_with(prefix_) || prefix_.starts_with(key))
            descend(Descriptor(::openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)),
                    std::move(key));
    }
}

} // namespace vitrina
