#pragma once
#include "http/route.hpp"
#include "library/videos.hpp"
#include "storage/object_links.hpp"
#include "storage/object_store.hpp"

#include <chrono>
#include <vector>

namespace vitrina {

// How players get at the bytes.
struct FileDelivery {
    ObjectLinks* links = nullptr; // null: from this server; else they are sent on to the store
    std::chrono::seconds link_lifetime{3600};
    bool behind_a_cache = false; // addresses lead to a cache that asks this server
};

// /files/{id}/{name}: the original and the pictures of a video, by byte ranges, for as long as the video exists.
class FilesApi {
public:
    FilesApi(Videos& videos, ObjectStore& store, FileDelivery delivery = {})
        : videos_(videos), store_(store), delivery_(delivery)
    {
    }

    std::vector<Route> routes();

private:
    struct File;

    Task<Response> serve(const Request& request);
    Task<Response> send(const Request& request, const Video& video, const File& file);
    Task<Response> send_on(const Request& request, const File& file);
    static std::optional<File> find_file(const Video& video, std::string_view name);

    Videos& videos_;
    ObjectStore& store_;
    const FileDelivery delivery_;
};

} // namespace vitrina
