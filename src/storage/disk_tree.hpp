#pragma once
#include "core/descriptor.hpp"
#include "storage/object_store.hpp"

#include <filesystem>
#include <string_view>

namespace vitrina {

// The files below one directory, reached without ever following a symbolic link or leaving it. Every member blocks
// unless it says otherwise; all may be called from any thread. Keys are valid already.
class DiskTree {
public:
    explicit DiskTree(const std::filesystem::path& root);

    // A new `<key>.part`, with the directories above it. Throws std::logic_error when there is one already.
    Descriptor create_part(std::string_view key);
    // Makes the file's bytes durable, gives it its own name, and makes that durable.
    void publish_part(const Descriptor& file, std::string_view key);
    void remove_part(std::string_view key) noexcept;

    // Nothing when there is no such file.
    Descriptor open(std::string_view key);
    // The same without touching the disk: nothing also means that this could not be told.
    Descriptor open_cached(std::string_view key) noexcept;
    // The directory that holds `path`, "" for the root; nothing when there is none.
    Descriptor open_directory(std::string_view path);

    // False when there was no such file. Takes its unfinished twin and emptied directories along.
    bool remove(std::string_view key);

    std::uint64_t free_bytes() const;

private:
    Descriptor open_or_make_directory(std::string_view path);
    void sync_directories(std::string_view key);
    void remove_empty_directories(std::string_view key) noexcept;

    Descriptor root_;
};

// What an unfinished file's name ends in.
inline constexpr std::string_view part_suffix = ".part";

// Unavailable, or StorageFull where `error` (an errno) says so.
[[noreturn]] void throw_disk_error(int error, std::string_view doing);

ObjectInfo info_of(const Descriptor& file, std::string key);

} // namespace vitrina
