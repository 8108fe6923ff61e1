#include "app/platforms.hpp"

#include "publishing/platforms/mastodon.hpp"
#include "publishing/platforms/youtube.hpp"

namespace vitrina {

Platforms make_platforms(const PlatformSettings& settings)
{
    Platforms platforms;
    platforms.push_back(make_youtube({.chunk = settings.chunk}));
    platforms.push_back(make_mastodon());
    return platforms;
}

} // namespace vitrina
