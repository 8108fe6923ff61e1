#pragma once
#include "publishing/platform.hpp"

#include <memory>
#include <string>

namespace vitrina {

// Gives a video the words of `edit`: title and description in one request, each tag in one of its own.
std::unique_ptr<Conversation> make_vimeo_edit(PostEdit edit, const std::string& video, const Clock& clock);

} // namespace vitrina
