#pragma once
#include "core/video.hpp"
#include "publishing/platform.hpp"

namespace vitrina {

// What the video says now, with the publication's options. The thumbnail's size is left to who can look at the store.
PublishOrder make_order(const Video& video, std::string client_key, std::string_view options);

// As it is kept with the publication.
std::string to_json(const PublishOrder& order);
PublishOrder read_order(std::string_view json);

} // namespace vitrina
