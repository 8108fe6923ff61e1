#pragma once
#include <filesystem>
#include <system_error>

namespace vitrina {

// The directory and every one on the way to it, its owner's only, entered in the one above it durably: else a power cut
// could take all of it away under what was promised. One that is there already is synced into its parent as well:
// whoever made it may have died before.
void make_durable_directories(const std::filesystem::path& path, std::error_code& error);

} // namespace vitrina
