#include "publishing/platform.hpp"

#include <algorithm>

namespace vitrina {

const Platform* find_platform(const Platforms& platforms, std::string_view name)
{
    const auto found = std::ranges::find_if(platforms, [&](const auto& platform) { return platform->name() == name; });
    return found == platforms.end() ? nullptr : found->get();
}

bool PostEdit::changes(std::string_view option) const
{
    return std::ranges::find(options, option) != options.end();
}

Step no_post_to_edit()
{
    return Refused{Refused::Kind::gave_up, "no_post", "the post is not there any more"};
}

} // namespace vitrina
