#include "api/contract/videos.hpp"

#include "api/contract/video_json.hpp"
#include "api/error_response.hpp"
#include "api/upload_words.hpp"
#include "api/video_filter.hpp"
#include "api/video_list.hpp"
#include "http/form.hpp"

namespace vitrina {

namespace {

// How many videos are read from the library at once while everything is listed: some 40 kB of JSON, and 8 MB if
// somebody gave every one of them the longest description there may be.
constexpr int page_of_everything = 100;

Response respond(const Answer& answer)
{
    Response response(200);
    response.headers.add("Content-Type", "application/json");
    if (!answer.link.empty())
        response.headers.add("Link", answer.link);
    response.body = answer.body;
    return response;
}

// The same list, from another place on.
std::string next_link(const Request& request, std::string_view cursor)
{
    std::string query;
    for (const auto& [name, value] : parse_form(request.query).value_or(FormFields{})) {
        if (name != "cursor")
            query += form_encode(name) + '=' + form_encode(value) + '&';
    }
    return '<' + request.base_url + request.path + '?' + query + "cursor=" + std::string(cursor) + ">; rel=\"next\"";
}

} // namespace

ContractVideos::ContractVideos(Videos& videos, Deletion& deletion, UploadReception& reception, VideoUrlMaker& urls,
                               AnswerCache& cache, std::chrono::milliseconds patience)
    : videos_(videos),
      deletion_(deletion),
      reception_(reception),
      urls_(urls),
      cache_(cache),
      surface_{"/api/videos/upload", patience, video_words,
               [this](const Request& request, const Video& video) { return created(request, video); }}
{
}

std::vector<Route> ContractVideos::routes()
{
    return {
        {Method::get, "/api/videos", [this](const Request& r) { return list(r); }, Scope::read},
        {Method::post, "/api/videos/upload", [this](const Request& r) { return upload(r); }, Scope::write,
         Body::streamed},
        {Method::del, "/api/videos/{id}", [this](const Request& r) { return remove(r); }, Scope::write},
    };
}

Task<Response> ContractVideos::list(const Request& request)
{
    std::string key = "contract " + request.base_url + '?' + request.query;
    const AnswerCache::Lookup lookup = co_await cache_.find(key);
    if (lookup.answer)
        co_return respond(*lookup.answer);

    Result<VideoFilter> filter = parse_video_filter(request);
    if (!filter)
        co_return error_response(request, filter.error());
    VideoQuery query{.filter = std::move(*filter), .limit = page_of_everything};
    if (request.query_value("sort_by") == "title") {
        query.sort = VideoSort::title;
        query.direction = SortDirection::ascending;
    }
    if (request.query_value("limit") || request.query_value("cursor"))
        co_return co_await page(request, std::move(query), std::move(key), lookup);
    co_return co_await whole_list(request, std::move(query), std::move(key), lookup);
}

Task<Response> ContractVideos::whole_list(const Request& request, VideoQuery query, std::string key,
                                          AnswerCache::Lookup lookup)
{
    VideoUrls made = co_await urls_.make(request);
    auto urls = std::make_shared<const VideoUrls>(std::move(made));
    AppendVideo append = [urls](std::string& out, const Video& video) { append_contract_video(out, video, *urls); };
    auto everything = std::make_shared<WholeList>(videos_, std::move(query), std::move(append));

    std::string beginning = co_await everything->next_up_to(AnswerCache::largest_entry);
    if (everything->ended()) {
        Answer answer{std::make_shared<const std::string>(std::move(beginning)), {}, {}};
        cache_.keep(key, lookup, answer);
        co_return respond(answer);
    }
    Response response(200);
    response.headers.add("Content-Type", "application/json");
    response.body = after_beginning(std::move(beginning), std::move(everything));
    co_return response;
}

Task<Response> ContractVideos::page(const Request& request, VideoQuery query, std::string key,
                                    AnswerCache::Lookup lookup)
{
    const Result<int> limit = page_limit(request);
    if (!limit)
        co_return error_response(request, limit.error());
    query.limit = *limit;
    if (const auto text = request.query_value("cursor")) {
        auto cursor = parse_video_cursor(*text, query.sort, query.direction);
        if (!cursor)
            co_return error_response(request, cursor.error());
        query.after = std::move(*cursor);
    }

    const VideoUrls urls = co_await urls_.make(request);
    const VideoPage page = co_await videos_.list(query);
    std::string body = "[";
    for (const Video& video : page.videos) {
        if (body.size() > 1)
            body += ',';
        append_contract_video(body, video, urls);
    }
    body += ']';
    Answer answer{std::make_shared<const std::string>(std::move(body)), {}, {}};
    if (page.next)
        answer.link = next_link(request, video_cursor_text(*page.next, query.sort, query.direction));
    cache_.keep(key, lookup, answer);
    co_return respond(answer);
}

Task<Response> ContractVideos::upload(const Request& request)
{
    co_return co_await reception_.receive(request, surface_);
}

Task<Response> ContractVideos::created(const Request& request, const Video& video)
{
    const VideoUrls urls = co_await urls_.make(request);
    std::string body;
    append_contract_video(body, video, urls);
    co_return Response(201, "application/json", std::move(body));
}

Task<Response> ContractVideos::remove(const Request& request)
{
    const std::optional<VideoId> id = VideoId::parse(request.parameter("id"));
    if (!id)
        co_return error_response(request, no_such_video());
    const Result<void> removed = co_await deletion_.remove(*id);
    if (!removed)
        co_return error_response(request, removed.error());
    co_return Response(200, "application/json", R"({"message": "Video deleted successfully"})");
}

} // namespace vitrina
