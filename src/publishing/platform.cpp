#include "publishing/platform.hpp"

#include <algorithm>

namespace vitrina {

const Platform* find_platform(const Platforms& platforms, std::string_view name)
{
    const auto found = std::ranges::find_if(platforms, [&](const auto& platform) { return platform->name() == name; });
    return found == platforms.end() ? nullptr : found->get();
}

} // namespace vitrina
