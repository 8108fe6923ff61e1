#pragma once
#include <string_view>

namespace vitrina {

// A kind of file we accept, with the names the rest of the world has for it.
struct ContainerKind {
    std::string_view name;
    std::string_view extension, content_type;             // with video
    std::string_view audio_extension, audio_content_type; // without
};

// Null when it is not one of ours. An MP4 without video is .m4a, audio/mp4.
const ContainerKind* find_container(std::string_view name);

} // namespace vitrina
