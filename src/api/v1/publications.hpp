#pragma once
#include "http/route.hpp"
#include "library/videos.hpp"
#include "publishing/found_posts.hpp"
#include "publishing/post_edits.hpp"
#include "publishing/requests.hpp"
#include "publishing/schedules.hpp"

#include <string>
#include <vector>

namespace vitrina {

// /v1/publications and /v1/videos/{id}/publications.
class PublicationsApi {
public:
    PublicationsApi(Videos& videos, PublishRequests& requests, Publications& publications, FoundPosts& found,
                    Schedules& schedules, PostEdits& edits, const Clock& clock);

    std::vector<Route> routes();

    // The publications of each of these videos as a JSON array, for the videos' own answers.
    Task<std::vector<std::string>> of_videos(std::vector<VideoId> videos);

private:
    Task<Response> list(const Request& request);
    Task<Response> list_of_video(const Request& request);
    Task<Response> create(const Request& request);
    Task<Response> create_of_video(const Request& request);
    Task<Response> validate(const Request& request);
    Task<Response> show(const Request& request);
    Task<Response> cancel(const Request& request);
    Task<Response> retry(const Request& request);
    Task<Response> link(const Request& request);
    Task<Response> change(const Request& request);
    Task<Response> remove(const Request& request);

    Task<Response> create_for(const Request& request, std::optional<VideoId> video);
    Task<Response> edit(const Request& request, PublicationId id, std::string options);
    Task<Response> created(const Request& request, std::vector<Publication> publications, bool several);
    Task<Response> page(const Request& request, std::optional<VideoId> video);

    Videos& videos_;
    PublishRequests& requests_;
    Publications& publications_;
    FoundPosts& found_;
    Schedules& schedules_;
    PostEdits& edits_;
    const Clock& clock_;
};

} // namespace vitrina
