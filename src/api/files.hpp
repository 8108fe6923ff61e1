#pragma once
#include "http/route.hpp"
#include "library/videos.hpp"
#include "storage/object_store.hpp"

#include <vector>

namespace vitrina {

// /files/{id}/{name}: the original and the pictures of a video, by byte ranges, for as long as the video exists.
class FilesApi {
public:
    FilesApi(Videos& videos, ObjectStore& store) : videos_(videos), store_(store) {}

    std::vector<Route> routes();

private:
    struct File;

    Task<Response> serve(const Request& request);
    static std::optional<File> find_file(const Video& video, std::string_view name);

    Videos& videos_;
    ObjectStore& store_;
};

} // namespace vitrina
