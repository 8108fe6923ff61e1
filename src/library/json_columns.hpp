#pragma once
#include "core/video.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace vitrina {

// The columns that hold JSON: tags and published_platforms (arrays of strings, as /api has them) and reasons.

std::string json_of(const std::vector<std::string>& texts);
// Also reads what others wrote: any JSON array; what is not a string in it is skipped. Empty for what is not JSON.
std::vector<std::string> texts_of(std::string_view json);

std::string json_of(const std::vector<VideoReason>& reasons);
std::vector<VideoReason> reasons_of(std::string_view json);

} // namespace vitrina
