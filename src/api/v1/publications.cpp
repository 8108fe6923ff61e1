#include "api/v1/publications.hpp"

#include "api/caller.hpp"
#include "api/error_response.hpp"
#include "api/idempotency.hpp"
#include "api/json_body.hpp"
#include "api/page_cursor.hpp"
#include "api/prefer.hpp"
#include "api/publication_json.hpp"
#include "api/v1/publication_targets.hpp"
#include "api/v1/schedule_members.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>

namespace vitrina {
namespace {

constexpr const char* retry_path = "/v1/publications/{id}/retry";

Response publication_response(int status, const Publication& publication, const PublicationDetails* details = nullptr)
{
    std::string text;
    JsonWriter json(text);
    append_publication(json, publication, details);
    return Response(status, "application/json", std::move(text));
}

} // namespace

PublicationsApi::PublicationsApi(Videos& videos, PublishRequests& requests, Publications& publications,
                                 FoundPosts& found, Schedules& schedules, PostEdits& edits, const Clock& clock)
    : videos_(videos),
      requests_(requests),
      publications_(publications),
      found_(found),
      schedules_(schedules),
      edits_(edits),
      clock_(clock)
{
}

std::vector<Route> PublicationsApi::routes()
{
    const auto publish = Scope::publish;
    return {
        {Method::get, "/v1/publications", [this](const Request& r) { return list(r); }, Scope::read},
        {Method::post, "/v1/publications", [this](const Request& r) { return create(r); }, publish, Body::buffered},
        {Method::get, "/v1/publications/{id}", [this](const Request& r) { return show(r); }, Scope::read},
        {Method::patch, "/v1/publications/{id}", [this](const Request& r) { return change(r); }, publish,
         Body::buffered},
        {Method::del, "/v1/publications/{id}", [this](const Request& r) { return remove(r); }, publish},
        {Method::post, "/v1/publications/{id}/cancel", [this](const Request& r) { return cancel(r); }, publish,
         Body::buffered},
        {Method::post, retry_path, [this](const Request& r) { return retry(r); }, publish, Body::buffered},
        {Method::post, "/v1/publications/{id}/link", [this](const Request& r) { return link(r); }, publish,
         Body::buffered},
        {Method::get, "/v1/videos/{id}/publications", [this](const Request& r) { return list_of_video(r); },
         Scope::read},
        {Method::post, "/v1/videos/{id}/publications", [this](const Request& r) { return create_of_video(r); }, publish,
         Body::buffered},
        {Method::post, "/v1/videos/{id}/publications:validate", [this](const Request& r) { return validate(r); },
         publish, Body::buffered},
    };
}

Task<Response> PublicationsApi::list(const Request& request)
{
    std::optional<VideoId> video;
    if (const auto text = request.query_value("video")) {
        video = VideoId::parse(*text);
        if (!video)
            co_return error_response(request, no_such_video());
    }
    co_return co_await page(request, video);
}

Task<Response> PublicationsApi::list_of_video(const Request& request)
{
    const auto id = VideoId::parse(request.parameter("id"));
    std::optional<Video> video;
    if (id)
        video = co_await videos_.find(*id);
    if (!video)
        co_return error_response(request, no_such_video());
    co_return co_await page(request, id);
}

Task<Response> PublicationsApi::page(const Request& request, std::optional<VideoId> video)
{
    const auto limit = page_limit(request);
    if (!limit)
        co_return error_response(request, limit.error());
    PublicationQuery query{.video = video, .before = {}, .limit = *limit + 1}; // one more tells whether there are more
    if (const auto text = request.query_value("cursor")) {
        const auto cursor = parse_cursor(*text, "publications", 1);
        if (!cursor)
            co_return error_response(request, cursor.error());
        query.before = PublicationId::parse(cursor->keys.front());
        if (!query.before)
            co_return error_response(request, bad_cursor());
    }
    std::vector<Publication> publications = co_await publications_.list(std::move(query));
    const bool more = publications.size() > std::size_t(*limit);
    if (more)
        publications.pop_back();

    std::string text;
    JsonWriter json(text);
    json.begin_object().member("data").begin_array();
    for (const Publication& publication : publications)
        append_publication(json, publication);
    json.end_array().member("next_cursor");
    if (more)
        json.value(cursor_text({"publications", {publications.back().id.text()}}));
    else
        json.null();
    json.end_object();
    co_return Response(200, "application/json", std::move(text));
}

Task<Response> PublicationsApi::create(const Request& request)
{
    co_return co_await create_for(request, std::nullopt);
}

Task<Response> PublicationsApi::create_of_video(const Request& request)
{
    const auto id = VideoId::parse(request.parameter("id"));
    if (!id)
        co_return error_response(request, no_such_video());
    co_return co_await create_for(request, id);
}

Task<Response> PublicationsApi::create_for(const Request& request, std::optional<VideoId> id)
{
    auto body = JsonBody::parse(request);
    if (!body)
        co_return error_response(request, body.error());
    if (!id) {
        body->require("video_id");
        if (const auto text = body->text("video_id", 36)) {
            id = VideoId::parse(*text);
            if (!id)
                body->wrong("/video_id", "is no id");
        }
    }
    const bool several = body->has("targets");
    std::vector<PublishTarget> targets;
    if (several)
        targets = read_targets(*body, clock_.now());
    else
        targets.push_back(read_target(*body, clock_.now()));
    if (auto checked = body->check(); !checked)
        co_return error_response(request, checked.error());
    const std::optional<Video> video = co_await videos_.find(*id);
    if (!video)
        co_return error_response(request, no_such_video());

    std::vector<Result<Publications::Wanted>> resolved = co_await requests_.resolve(*video, std::move(targets));
    if (!several && !resolved.front())
        co_return error_response(request, resolved.front().error());
    if (const auto fault = fault_of_targets(resolved))
        co_return error_response(request, *fault);
    std::vector<Publications::Wanted> wanted;
    for (Result<Publications::Wanted>& one : resolved)
        wanted.push_back(std::move(*one));
    std::vector<Publication> publications = co_await publications_.request(video->id, std::move(wanted));
    co_return co_await created(request, std::move(publications), several);
}

// Waits as long as the client prefers to, and answers with the one, or with the list.
Task<Response> PublicationsApi::created(const Request& request, std::vector<Publication> publications, bool several)
{
    const bool is_new = std::ranges::any_of(publications, &Publication::is_new);
    const auto patience = preferred_wait(request);
    if (patience) {
        std::vector<PublicationId> ids;
        for (const Publication& publication : publications)
            ids.push_back(publication.id);
        std::vector<Publication> settled = co_await publications_.await_settled(std::move(ids), *patience);
        if (settled.size() == publications.size())
            publications = std::move(settled);
    }
    std::string text;
    JsonWriter json(text);
    if (several) {
        json.begin_object().member("data").begin_array();
        for (const Publication& publication : publications)
            append_publication(json, publication);
        json.end_array().end_object();
    } else {
        append_publication(json, publications.front());
    }
    Response response(is_new ? 201 : 200, "application/json", std::move(text));
    if (!several)
        response.headers.add("Location", request.base_url + "/v1/publications/" + publications.front().id.text());
    if (patience)
        response.headers.add("Preference-Applied", "wait=" + std::to_string(patience->count()));
    co_return response;
}

Task<Response> PublicationsApi::validate(const Request& request)
{
    auto body = JsonBody::parse(request);
    if (!body)
        co_return error_response(request, body.error());
    const std::vector<PublishTarget> targets = read_targets(*body, clock_.now());
    if (auto checked = body->check(); !checked)
        co_return error_response(request, checked.error());
    const auto id = VideoId::parse(request.parameter("id"));
    std::optional<Video> video;
    if (id)
        video = co_await videos_.find(*id);
    if (!video)
        co_return error_response(request, no_such_video());
    const auto resolved = co_await requests_.resolve(*video, targets);
    std::string text;
    JsonWriter json(text);
    append_verdicts(json, targets, resolved);
    co_return Response(200, "application/json", std::move(text));
}

Task<Response> PublicationsApi::show(const Request& request)
{
    const auto id = PublicationId::parse(request.parameter("id"));
    std::optional<Publication> publication;
    if (id)
        publication = co_await publications_.find(*id);
    if (!publication)
        co_return error_response(request, no_such_publication());
    PublicationDetails details;
    details.attempts = co_await publications_.attempts(*id);
    details.notes = co_await publications_.notes(*id);
    co_return publication_response(200, *publication, &details);
}

Task<Response> PublicationsApi::cancel(const Request& request)
{
    const auto id = PublicationId::parse(request.parameter("id"));
    if (!id)
        co_return error_response(request, no_such_publication());
    if (const auto nothing = JsonBody::empty(request); !nothing)
        co_return error_response(request, nothing.error());
    const auto cancelled = co_await publications_.cancel(*id);
    co_return cancelled ? publication_response(200, *cancelled) : error_response(request, cancelled.error());
}

Task<Response> PublicationsApi::retry(const Request& request)
{
    const auto id = PublicationId::parse(request.parameter("id"));
    if (!id)
        co_return error_response(request, no_such_publication());
    Insist insist = Insist::no;
    if (!request.body.empty()) {
        auto body = JsonBody::parse(request);
        if (!body)
            co_return error_response(request, body.error());
        if (body->boolean("even_if_posted_twice").value_or(false))
            insist = Insist::even_if_posted_twice;
        if (auto checked = body->check(); !checked)
            co_return error_response(request, checked.error());
    }
    // A person's insisting counts once, however often the request comes through.
    auto scope = idempotency_scope(request, retry_path);
    if (!scope)
        co_return error_response(request, scope.error());
    std::string asked_by = scope->value_or("");
    const auto retried = co_await publications_.retry(*id, insist, std::move(asked_by), caller_of(request));
    co_return retried ? publication_response(200, *retried) : error_response(request, retried.error());
}

Task<Response> PublicationsApi::change(const Request& request)
{
    auto body = JsonBody::parse(request, "application/merge-patch+json");
    if (!body)
        co_return error_response(request, body.error());
    Schedules::Change change;
    change.moves = body->has("publish_at");
    change.schedule = read_schedule(*body, clock_.now());
    if (body->has("options"))
        change.options = read_options(*body);
    if (body->has("time_zone") && !change.moves)
        body->wrong("/time_zone", "goes with a publish_at");
    if (!change.moves && !change.options)
        body->wrong("", "says nothing to be changed: name publish_at or options");
    if (auto checked = body->check(); !checked)
        co_return error_response(request, checked.error());
    const auto id = PublicationId::parse(request.parameter("id"));
    if (!id)
        co_return error_response(request, no_such_publication());
    if (change.options && !change.moves) {
        const auto publication = co_await publications_.find(*id);
        if (publication && publication->progress.state == PublicationState::published)
            co_return co_await edit(request, *id, *std::move(change.options));
    }
    const auto changed = co_await schedules_.change(*id, std::move(change));
    co_return changed ? publication_response(200, *changed) : error_response(request, changed.error());
}

// New words for what is published: a job brings them over.
Task<Response> PublicationsApi::edit(const Request& request, PublicationId id, std::string options)
{
    boost::json::object wanted = boost::json::parse(options).as_object();
    const auto asked = co_await edits_.request(id, std::move(wanted));
    if (!asked)
        co_return error_response(request, asked.error());
    const bool is_under_way = asked->edit && asked->edit->status == "pending";
    co_return publication_response(is_under_way ? 202 : 200, *asked);
}

Task<Response> PublicationsApi::link(const Request& request)
{
    auto body = JsonBody::parse(request);
    if (!body)
        co_return error_response(request, body.error());
    body->require("url");
    const auto url = body->text("url", 2000);
    if (auto checked = body->check(); !checked)
        co_return error_response(request, checked.error());
    const auto id = PublicationId::parse(request.parameter("id"));
    if (!id)
        co_return error_response(request, no_such_publication());
    const auto linked = co_await found_.link(*id, *url, caller_of(request));
    co_return linked ? publication_response(200, *linked) : error_response(request, linked.error());
}

Task<Response> PublicationsApi::remove(const Request& request)
{
    const auto id = PublicationId::parse(request.parameter("id"));
    if (!id)
        co_return error_response(request, no_such_publication());
    const auto removing = co_await publications_.remove(*id);
    co_return removing ? publication_response(202, *removing) : error_response(request, removing.error());
}

Task<std::vector<std::string>> PublicationsApi::of_videos(std::vector<VideoId> videos)
{
    const std::vector<Publication> all = co_await publications_.of_videos(videos);
    std::vector<std::string> texts;
    for (const VideoId video : videos) {
        JsonWriter json(texts.emplace_back());
        json.begin_array();
        for (const Publication& publication : all)
            if (publication.video == video)
                append_publication(json, publication);
        json.end_array();
    }
    co_return texts;
}

} // namespace vitrina
