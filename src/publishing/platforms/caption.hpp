#pragma once
#include "publishing/platform.hpp"

#include <functional>
#include <string>

namespace vitrina {

// The one text of networks whose posts have one: the option "text", else title, description and tags (as hashtags)
// as far as they fit. `fits` counts as the network counts; `most` is the limit in code points, for the title alone.
std::string caption(const PublishOrder& order, std::size_t most, const std::function<bool(const std::string&)>& fits);

// "two words" → "#twowords"; "" when nothing is left.
std::string hashtag(const std::string& tag);

} // namespace vitrina
