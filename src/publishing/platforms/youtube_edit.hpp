#pragma once
#include "publishing/platform.hpp"

#include <memory>
#include <string>

namespace vitrina {

// Gives a video the words of `edit`. YouTube erases what an update does not name, so what it has is read first, and
// written back with them.
std::unique_ptr<Conversation> make_youtube_edit(PostEdit edit, const std::string& video, const Clock& clock);

} // namespace vitrina
