#pragma once
#include "api/answer_cache.hpp"
#include "api/upload_reception.hpp"
#include "api/video_urls.hpp"
#include "http/route.hpp"
#include "library/delete.hpp"
#include "library/videos.hpp"

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace vitrina {

// The publications of each of these videos as a JSON array, in the order asked; what publishing has to say about a
// video. app/ connects it.
using PublicationsOf = std::function<Task<std::vector<std::string>>(std::vector<VideoId>)>;

// /v1/videos.
class VideosApi {
public:
    VideosApi(Videos& videos, Deletion& deletion, UploadReception& reception, VideoUrlMaker& urls, AnswerCache& cache,
              PublicationsOf publications, std::chrono::milliseconds patience);

    std::vector<Route> routes();

private:
    Task<Response> list(const Request& request);
    Task<Response> upload(const Request& request);
    Task<Response> show(const Request& request);
    Task<Response> edit(const Request& request);
    Task<Response> remove(const Request& request);
    Task<Response> revoke_links(const Request& request);

    Task<Response> created(const Request& request, const Video& video);
    Task<std::string> json_of(const Request& request, const Video& video);

    Videos& videos_;
    Deletion& deletion_;
    UploadReception& reception_;
    VideoUrlMaker& urls_;
    AnswerCache& cache_;
    PublicationsOf publications_;
    std::chrono::milliseconds patience_;
};

} // namespace vitrina
