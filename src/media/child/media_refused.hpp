#pragma once
#include "media/media_reply.hpp"

#include <string>
#include <utility>

namespace vitrina {

// Thrown anywhere inside the child when the file turns out not to be readable; ends as the child's answer.
struct MediaRefused {
    MediaRefused(MediaTrouble trouble, std::string detail = {}) : why{trouble, std::move(detail)} {}
    MediaRefusal why;
};

} // namespace vitrina
