#pragma once
#include "api/answer_cache.hpp"
#include "api/upload_reception.hpp"
#include "api/video_urls.hpp"
#include "http/route.hpp"
#include "library/delete.hpp"
#include "library/videos.hpp"

#include <chrono>
#include <vector>

namespace vitrina {

// The frozen surface for videos: what the mobile app relies on, and nothing else.
class ContractVideos {
public:
    ContractVideos(Videos& videos, Deletion& deletion, UploadReception& reception, VideoUrlMaker& urls,
                   AnswerCache& cache, std::chrono::milliseconds patience);

    std::vector<Route> routes();

private:
    Task<Response> list(const Request& request);
    Task<Response> whole_list(const Request& request, VideoQuery query, std::string key, AnswerCache::Lookup lookup);
    Task<Response> page(const Request& request, VideoQuery query, std::string key, AnswerCache::Lookup lookup);
    Task<Response> upload(const Request& request);
    Task<Response> created(const Request& request, const Video& video);
    Task<Response> remove(const Request& request);

    Videos& videos_;
    Deletion& deletion_;
    UploadReception& reception_;
    VideoUrlMaker& urls_;
    AnswerCache& cache_;
    UploadSurface surface_;
};

} // namespace vitrina
