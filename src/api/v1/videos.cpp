#include "api/v1/videos.hpp"

#include "api/error_response.hpp"
#include "api/json_body.hpp"
#include "api/prefer.hpp"
#include "api/upload_words.hpp"
#include "api/v1/video_json.hpp"
#include "api/video_filter.hpp"
#include "http/conditional.hpp"

#include <boost/json/value.hpp>

namespace vitrina {

namespace {

constexpr std::string_view pattern_of_all = "/v1/videos";

// An upload's claim on its Idempotency-Key is not renewed while the facts are awaited, so that wait stays below it.
constexpr std::chrono::seconds longest_wait = IdempotencyKeys::lease - std::chrono::seconds(5);

Fault links_are_not_signed()
{
    return {FaultKind::conflict, "VT-VID-003",
            "There is nothing to revoke: this server is open, and its links are for everyone who reaches it.",
            "Let it ask for tokens; then links carry a signature."};
}

Fault wrong_choice(std::string_view name, std::string_view choices)
{
    return {FaultKind::invalid, "VT-REQ-007", std::string(name) + " must be one of " + std::string(choices) + '.'};
}

Response respond(const Request& request, const Answer& answer)
{
    const bool known =
        !answer.etag.empty() && check_preconditions(request, {answer.etag, 0}) == Precondition::not_modified;
    Response response(known ? 304 : 200);
    if (!answer.etag.empty())
        response.headers.add("ETag", answer.etag);
    response.headers.add("Cache-Control", "no-cache");
    if (!known) {
        response.headers.add("Content-Type", "application/json");
        response.body = answer.body;
    }
    return response;
}

Result<VideoQuery> parse_query(const Request& request)
{
    auto filter = parse_video_filter(request);
    if (!filter)
        return filter.error();
    VideoQuery query{.filter = std::move(*filter)};

    if (const auto status = request.query_value("status")) {
        query.filter.status = parse_video_status(*status);
        if (!query.filter.status || *query.filter.status == VideoStatus::deleted)
            return wrong_choice("status", "awaiting_upload, processing, playable, ready, failed");
    }
    const std::string sort = request.query_value("sort").value_or("date");
    if (sort != "date" && sort != "title")
        return wrong_choice("sort", "date, title");
    query.sort = sort == "title" ? VideoSort::title : VideoSort::date;

    const std::string order = request.query_value("order").value_or(sort == "title" ? "asc" : "desc");
    if (order != "asc" && order != "desc")
        return wrong_choice("order", "asc, desc");
    query.direction = order == "asc" ? SortDirection::ascending : SortDirection::descending;

    const auto limit = page_limit(request);
    if (!limit)
        return limit.error();
    query.limit = *limit;
    if (const auto text = request.query_value("cursor")) {
        auto cursor = parse_video_cursor(*text, query.sort, query.direction);
        if (!cursor)
            return cursor.error();
        query.after = std::move(*cursor);
    }
    return query;
}

// JSON merge patch: an absent member stays, null takes its value away, which a title cannot bear.
Result<VideoChange> parse_change(const Request& request)
{
    auto body = JsonBody::parse(request, "application/merge-patch+json");
    if (!body)
        return body.error();
    const auto is_null = [&](std::string_view name) {
        const boost::json::value* value = body->value(name);
        return value && value->is_null();
    };

    VideoChange change;
    const auto title = body->text("title", 4 * VideoTitle::max_length); // spaces around it do not count
    if (title) {
        auto parsed = VideoTitle::parse(*title);
        if (parsed)
            change.title = std::move(*parsed);
        else
            body->wrong(parsed.error());
    }
    if (is_null("description")) {
        change.description = VideoDescription();
    } else if (const auto description = body->text("description", VideoDescription::max_length)) {
        auto parsed = VideoDescription::parse(*description);
        if (parsed)
            change.description = std::move(*parsed);
        else
            body->wrong(parsed.error());
    }
    if (is_null("tags")) {
        change.tags = VideoTags();
    } else if (const auto tags = body->texts("tags", VideoTags::max_count, 2 * VideoTags::max_length)) {
        auto parsed = VideoTags::parse(*tags);
        if (parsed)
            change.tags = std::move(*parsed);
        else
            body->wrong(parsed.error());
    }
    if (auto checked = body->check(); !checked)
        return checked.error();
    return change;
}

Result<VideoWords> judge(const UploadForm& form)
{
    if (!form.unknown.empty()) {
        Fault fault{FaultKind::invalid, "VT-REQ-004",
                    "The form has parts that are not known: " + form.unknown.front() + '.'};
        for (const std::string& name : form.unknown)
            fault.errors.push_back({'/' + name, "is not a known part"});
        return fault;
    }
    return video_words(form);
}

} // namespace

VideosApi::VideosApi(Videos& videos, Deletion& deletion, UploadReception& reception, VideoUrlMaker& urls,
                     AnswerCache& cache, PublicationsOf publications, std::chrono::milliseconds patience)
    : videos_(videos),
      deletion_(deletion),
      reception_(reception),
      urls_(urls),
      cache_(cache),
      publications_(std::move(publications)),
      patience_(patience)
{
}

std::vector<Route> VideosApi::routes()
{
    return {
        {Method::get, "/v1/videos", [this](const Request& r) { return list(r); }, Scope::read},
        {Method::post, "/v1/videos", [this](const Request& r) { return upload(r); }, Scope::write, Body::streamed},
        {Method::get, "/v1/videos/{id}", [this](const Request& r) { return show(r); }, Scope::read},
        {Method::patch, "/v1/videos/{id}", [this](const Request& r) { return edit(r); }, Scope::write, Body::buffered},
        {Method::del, "/v1/videos/{id}", [this](const Request& r) { return remove(r); }, Scope::write},
        {Method::post, "/v1/videos/{id}/revoke-links", [this](const Request& r) { return revoke_links(r); },
         Scope::write, Body::buffered},
    };
}

Task<Response> VideosApi::list(const Request& request)
{
    const std::string key = "v1 list " + request.base_url + '?' + request.query;
    const AnswerCache::Lookup lookup = co_await cache_.find(key);
    if (lookup.answer)
        co_return respond(request, *lookup.answer);
    const Result<VideoQuery> query = parse_query(request);
    if (!query)
        co_return error_response(request, query.error());

    const VideoUrls urls = co_await urls_.make(request);
    const VideoPage page = co_await videos_.list(*query);
    std::vector<VideoId> ids;
    for (const Video& video : page.videos)
        ids.push_back(video.id);
    const std::vector<std::string> publications = co_await publications_(std::move(ids));

    std::string body = R"({"data":[)";
    for (std::size_t i = 0; i < page.videos.size(); ++i) {
        if (i > 0)
            body += ',';
        append_video(body, page.videos[i], urls, publications.at(i));
    }
    body += R"(],"next_cursor":)";
    if (page.next)
        body += '"' + video_cursor_text(*page.next, query->sort, query->direction) + "\"}";
    else
        body += "null}";
    Answer answer{std::make_shared<const std::string>(std::move(body)), {}, {}};
    cache_.keep(key, lookup, answer);
    co_return respond(request, answer);
}

Task<Response> VideosApi::upload(const Request& request)
{
    const auto wait = preferred_wait(request, longest_wait);
    const UploadSurface surface{pattern_of_all, wait ? std::chrono::milliseconds(*wait) : patience_, judge,
                                [this](const Request& r, const Video& video) { return created(r, video); }};
    Response response = co_await reception_.receive(request, surface);
    if (wait && response.status == 201)
        response.headers.add("Preference-Applied", "wait=" + std::to_string(wait->count()));
    co_return response;
}

Task<Response> VideosApi::created(const Request& request, const Video& video)
{
    std::string json = co_await json_of(request, video);
    Response response(201);
    response.headers.add("Content-Type", "application/json");
    response.headers.add("Location", request.base_url + "/v1/videos/" + video.id.text());
    response.headers.add("ETag", video_etag(video, json));
    response.body = std::move(json);
    co_return response;
}

Task<Response> VideosApi::show(const Request& request)
{
    const std::string key = "v1 " + request.base_url + ' ' + request.path;
    const AnswerCache::Lookup lookup = co_await cache_.find(key);
    if (lookup.answer)
        co_return respond(request, *lookup.answer);

    const std::optional<VideoId> id = VideoId::parse(request.parameter("id"));
    if (!id)
        co_return error_response(request, no_such_video());
    const std::optional<Video> video = co_await videos_.find(*id);
    if (!video)
        co_return error_response(request, no_such_video());
    std::string json = co_await json_of(request, *video);
    std::string etag = video_etag(*video, json);
    Answer answer{std::make_shared<const std::string>(std::move(json)), std::move(etag), {}};
    cache_.keep(key, lookup, answer);
    co_return respond(request, answer);
}

Task<Response> VideosApi::edit(const Request& request)
{
    const std::optional<VideoId> id = VideoId::parse(request.parameter("id"));
    if (!id)
        co_return error_response(request, no_such_video());
    const Result<VideoChange> change = parse_change(request);
    if (!change)
        co_return error_response(request, change.error());

    std::optional<std::int64_t> expected_version;
    if (const auto if_match = request.headers.find("If-Match")) {
        const std::optional<Video> current = co_await videos_.find(*id);
        if (!current)
            co_return error_response(request, no_such_video());
        if (!names_version(*if_match, *current))
            co_return error_response(request, changed_meanwhile());
        expected_version = current->version;
    }
    const Result<Video> video = co_await videos_.update(*id, *change, expected_version);
    if (!video)
        co_return error_response(request, video.error());
    std::string json = co_await json_of(request, *video);
    std::string etag = video_etag(*video, json);
    Response response(200, "application/json", std::move(json));
    response.headers.add("ETag", std::move(etag));
    co_return response;
}

Task<Response> VideosApi::remove(const Request& request)
{
    const std::optional<VideoId> id = VideoId::parse(request.parameter("id"));
    if (!id)
        co_return error_response(request, no_such_video());
    std::optional<std::int64_t> expected_version;
    if (const auto if_match = request.headers.find("If-Match")) {
        const std::optional<Video> current = co_await videos_.find(*id);
        if (current && !names_version(*if_match, *current))
            co_return error_response(request, changed_meanwhile());
        if (current)
            expected_version = current->version;
    }
    const Result<void> removed = co_await deletion_.remove(*id, expected_version);
    co_return removed ? Response(204) : error_response(request, removed.error());
}

// Who was sent a link that should no longer work: the video stays, its addresses change.
Task<Response> VideosApi::revoke_links(const Request& request)
{
    const std::optional<VideoId> id = VideoId::parse(request.parameter("id"));
    std::optional<Video> video;
    if (id)
        video = co_await videos_.find(*id);
    if (!video)
        co_return error_response(request, no_such_video());
    if (const auto nothing = JsonBody::empty(request); !nothing)
        co_return error_response(request, nothing.error());
    if (urls_.is_open())
        co_return error_response(request, links_are_not_signed());
    co_await urls_.revoke(*id);
    std::string json = co_await json_of(request, *video);
    std::string etag = video_etag(*video, json);
    Response response(200, "application/json", std::move(json));
    response.headers.add("ETag", std::move(etag));
    co_return response;
}

Task<std::string> VideosApi::json_of(const Request& request, const Video& video)
{
    const VideoUrls urls = co_await urls_.make(request);
    std::vector<VideoId> ids{video.id};
    const std::vector<std::string> publications = co_await publications_(std::move(ids));
    std::string json;
    append_video(json, video, urls, publications.front());
    co_return json;
}

} // namespace vitrina
