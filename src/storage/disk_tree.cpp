#include "storage/disk_tree.hpp"

#include "core/durable_directory.hpp"
#include "core/errors.hpp"
#include "core/fail_point.hpp"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <system_error>
#include <vector>

namespace vitrina {
namespace {

constexpr int open_a_directory = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

bool is_missing(int error)
{
    return error == ENOENT || error == ENOTDIR;
}

int openat_again(int directory, const std::string& name, int flags, mode_t mode = 0)
{
    int fd = -1;
    do
        fd = ::openat(directory, name.c_str(), flags, mode);
    while (fd < 0 && errno == EINTR);
    return fd;
}

// "videos/0190/a.mp4" → "videos/0190" and "a.mp4"
std::string_view directory_of(std::string_view key)
{
    const auto slash = key.rfind('/');
    return slash == key.npos ? std::string_view{} : key.substr(0, slash);
}

std::string name_of(std::string_view key)
{
    return std::string(key.substr(key.rfind('/') + 1)); // npos + 1 is 0
}

std::string part_name_of(std::string_view key)
{
    return name_of(key) + std::string(part_suffix);
}

std::string_view first_segment(std::string_view& path)
{
    const auto slash = path.find('/');
    const auto segment = path.substr(0, slash);
    path.remove_prefix(slash == path.npos ? path.size() : slash + 1);
    return segment;
}

void sync(const Descriptor& directory)
{
    if (::fsync(directory.get()) != 0)
        throw_disk_error(errno, "syncing a directory");
}

// False when there was none.
bool unlink_existing(const Descriptor& directory, const std::string& name)
{
    if (::unlinkat(directory.get(), name.c_str(), 0) == 0)
        return true;
    if (!is_missing(errno))
        throw_disk_error(errno, "removing an object");
    return false;
}

// Gives the part its name unless something has it already.
void rename_part(const Descriptor& directory, std::string_view key)
{
    const std::string part = part_name_of(key), name = name_of(key);
    int failed = ::renameat2(directory.get(), part.c_str(), directory.get(), name.c_str(), RENAME_NOREPLACE);
    if (failed && (errno == EINVAL || errno == ENOSYS)) {
        // Some network file systems cannot refuse; nobody else writes this key, so looking first is enough.
        if (::faccessat(directory.get(), name.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) == 0)
            errno = EEXIST;
        else
            failed = ::renameat(directory.get(), part.c_str(), directory.get(), name.c_str());
    }
    if (failed && errno == EEXIST)
        throw std::logic_error("an object with this key exists already: " + std::string(key));
    if (failed)
        throw_disk_error(errno, "renaming a finished object");
}

} // namespace

void throw_disk_error(int error, std::string_view doing)
{
    const std::string what = "storage: " + std::string(doing) + ": " + std::generic_category().message(error);
    if (error == ENOSPC || error == EDQUOT)
        throw StorageFull(what);
    throw Unavailable(what);
}

ObjectInfo info_of(const Descriptor& file, std::string key)
{
    struct stat status{};
    if (::fstat(file.get(), &status) != 0)
        throw_disk_error(errno, "looking at an object");
    return {std::move(key), std::uint64_t(status.st_size), status.st_mtim.tv_sec};
}

DiskTree::DiskTree(const std::filesystem::path& root)
{
    std::error_code error;
    make_durable_directories(root, error);
    // The root itself may be a symbolic link: it is the operator's choice.
    root_ = Descriptor(error ? -1 : ::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!root_)
        throw_disk_error(error ? error.value() : errno, "opening the directory " + root.string());
}

Descriptor DiskTree::open_directory(std::string_view path)
{
    Descriptor directory(openat_again(root_.get(), ".", open_a_directory));
    while (directory && !path.empty()) {
        const std::string name(first_segment(path));
        if (name.starts_with('.')) // the prefix of a list() may be anything, ".." included
            return {};
        directory = Descriptor(openat_again(directory.get(), name, open_a_directory));
    }
    if (!directory && !is_missing(errno))
        throw_disk_error(errno, "opening a directory");
    return directory;
}

Descriptor DiskTree::open_or_make_directory(std::string_view path)
{
    Descriptor directory(openat_again(root_.get(), ".", open_a_directory));
    while (directory && !path.empty()) {
        const std::string name(first_segment(path));
        if (::mkdirat(directory.get(), name.c_str(), 0750) != 0 && errno != EEXIST)
            return {};
        directory = Descriptor(openat_again(directory.get(), name, open_a_directory));
    }
    return directory;
}

Descriptor DiskTree::create_part(std::string_view key)
{
    const std::string part = part_name_of(key);
    // A remove() beside us may take an empty directory away between two of these calls.
    for (int attempt = 0; attempt < 100; ++attempt) {
        const Descriptor directory = open_or_make_directory(directory_of(key));
        Descriptor file;
        if (directory)
            file = Descriptor(
                openat_again(directory.get(), part, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0640));
        if (file) {
            FAIL_POINT("disk_store.created");
            return file;
        }
        if (errno == EEXIST)
            throw std::logic_error("an object with this key is being written already: " + std::string(key));
        if (errno != ENOENT)
            throw_disk_error(errno, "creating an object");
    }
    throw Unavailable("storage: a directory keeps being removed while an object is created in it");
}

void DiskTree::publish_part(const Descriptor& file, std::string_view key)
{
    FAIL_POINT("disk_store.before_sync");
    // The size is part of what fdatasync makes durable.
    if (::fdatasync(file.get()) != 0)
        throw_disk_error(errno, "syncing an object");
    const Descriptor directory = open_directory(directory_of(key));
    if (!directory)
        throw_disk_error(ENOENT, "finishing an object");
    FAIL_POINT("disk_store.before_rename");
    rename_part(directory, key);
    FAIL_POINT("disk_store.after_rename");
    sync(directory);
    sync_directories(directory_of(key));
    FAIL_POINT("disk_store.published");
}

// The directories above, too: whoever made them may not have come to sync them yet. Costs little when they are clean.
void DiskTree::sync_directories(std::string_view key)
{
    while (!key.empty()) {
        key = directory_of(key);
        if (const Descriptor above = open_directory(key))
            sync(above);
    }
}

void DiskTree::remove_part(std::string_view key) noexcept
{
    try {
        if (const Descriptor directory = open_directory(directory_of(key)))
            ::unlinkat(directory.get(), part_name_of(key).c_str(), 0);
        remove_empty_directories(key);
    } catch (const std::exception&) {
        // The part stays; nobody can find it, and remove() takes it along.
    }
}

Descriptor DiskTree::open(std::string_view key)
{
    const Descriptor directory = open_directory(directory_of(key));
    if (!directory)
        return {};
    // Not blocking, should somebody have put a pipe there.
    Descriptor file(openat_again(directory.get(), name_of(key), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!file && !is_missing(errno))
        throw_disk_error(errno, "opening an object");
    struct stat status{};
    if (file && (::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)))
        return {};
    return file;
}

Descriptor DiskTree::open_cached(std::string_view key) noexcept
{
    open_how how{};
    how.flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_CACHED;
    const std::string path(key);
    Descriptor file(int(::syscall(SYS_openat2, root_.get(), path.c_str(), &how, sizeof how)));
    struct stat status{};
    if (file && (::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)))
        return {};
    return file;
}

bool DiskTree::remove(std::string_view key)
{
    const Descriptor directory = open_directory(directory_of(key));
    if (!directory)
        return false;
    unlink_existing(directory, part_name_of(key));
    FAIL_POINT("disk_store.before_unlink");
    const bool existed = unlink_existing(directory, name_of(key));
    FAIL_POINT("disk_store.after_unlink");
    sync(directory);
    remove_empty_directories(key);
    return existed;
}

void DiskTree::remove_empty_directories(std::string_view key) noexcept
{
    for (auto path = directory_of(key); !path.empty(); path = directory_of(path)) {
        try {
            const Descriptor above = open_directory(directory_of(path));
            if (!above || ::unlinkat(above.get(), name_of(path).c_str(), AT_REMOVEDIR) != 0)
                return; // not empty, usually
        } catch (const std::exception&) {
            return;
        }
    }
}

std::uint64_t DiskTree::free_bytes() const
{
    struct statvfs status{};
    if (::fstatvfs(root_.get(), &status) != 0)
        throw_disk_error(errno, "asking for free space");
    return std::uint64_t(status.f_bavail) * status.f_frsize;
}

} // namespace vitrina
