#pragma once
#include "http/response.hpp"

#include <filesystem>

namespace vitrina::sandbox {

// The bytes of a post for a browser's player, with ranges. 404 where they were not kept.
Response kept_video(const std::filesystem::path& file, const std::string& sha256);

} // namespace vitrina::sandbox
