#pragma once
#include "publishing/platform.hpp"

#include <string>

namespace vitrina {

// A multipart/form-data body around a part of a file: Send::before, the slice, Send::after.
struct MultipartFile {
    std::string content_type; // of the whole body, with its boundary
    std::string before, after;
};
// The fields, then the file as `field`. The boundary is random enough not to be in the file, and the same after a
// restart: made of the publication's key.
MultipartFile multipart_file(const PublishOrder& order, const HttpFields& fields, std::string_view field);

// The same around the thumbnail, which is a JPEG.
MultipartFile multipart_thumbnail(const PublishOrder& order, const HttpFields& fields, std::string_view field);

// "video.mp4", "video": a name for the file that says nothing of the person's own.
std::string file_name(const PublishOrder& order);
// "video/mp4", or application/octet-stream.
std::string file_type(const PublishOrder& order);

} // namespace vitrina
