#include "api/v1/publications.hpp"

#include "api/error_response.hpp"
#include "api/idempotency.hpp"
#include "api/json_body.hpp"
#include "api/page_cursor.hpp"
#include "api/prefer.hpp"
#include "api/publication_json.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

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

// Where the publication goes to, of a creating request's body.
struct Target {
    std::optional<VideoId> video;
    std::optional<AccountId> account;
    std::string platform; // where no account is named
    std::string options = "{}";
};

Result<Target> target_of(JsonBody& body, bool names_video)
{
    Target target;
    if (names_video) {
        body.require("video_id");
        if (const auto text = body.text("video_id", 36)) {
            target.video = VideoId::parse(*text);
            if (!target.video)
                body.wrong("/video_id", "is no id");
        }
    }
    if (const auto text = body.text("account_id", 36)) {
        target.account = AccountId::parse(*text);
        if (!target.account)
            body.wrong("/account_id", "is no id");
    }
    target.platform = body.text("platform", 50).value_or("");
    if (body.has("account_id") == body.has("platform"))
        body.wrong("", "name either an account_id or a platform");
    if (const auto* options = body.value("options")) {
        if (options->is_object())
            target.options = boost::json::serialize(*options);
        else
            body.wrong("/options", "must be an object");
    }
    if (auto checked = body.check(); !checked)
        return checked.error();
    return target;
}

} // namespace

PublicationsApi::PublicationsApi(Videos& videos, PublishRequests& requests, Publications& publications)
    : videos_(videos), requests_(requests), publications_(publications)
{
}

std::vector<Route> PublicationsApi::routes()
{
    const auto publish = Scope::publish;
    return {
        {Method::get, "/v1/publications", [this](const Request& r) { return list(r); }, Scope::read},
        {Method::post, "/v1/publications", [this](const Request& r) { return create(r); }, publish, Body::buffered},
        {Method::get, "/v1/publications/{id}", [this](const Request& r) { return show(r); }, Scope::read},
        {Method::del, "/v1/publications/{id}", [this](const Request& r) { return remove(r); }, publish},
        {Method::post, "/v1/publications/{id}/cancel", [this](const Request& r) { return cancel(r); }, publish,
         Body::buffered},
        {Method::post, retry_path, [this](const Request& r) { return retry(r); }, publish, Body::buffered},
        {Method::get, "/v1/videos/{id}/publications", [this](const Request& r) { return list_of_video(r); },
         Scope::read},
        {Method::post, "/v1/videos/{id}/publications", [this](const Request& r) { return create_of_video(r); }, publish,
         Body::buffered},
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
    auto target = target_of(*body, !id);
    if (!target)
        co_return error_response(request, target.error());
    const std::optional<Video> video = co_await videos_.find(id ? *id : *target->video);
    if (!video)
        co_return error_response(request, no_such_video());

    Result<std::vector<Publication>> requested{std::vector<Publication>{}};
    if (target->account) {
        requested = co_await requests_.to_account(*video, *target->account, std::move(target->options));
    } else {
        std::vector<std::string> platforms{target->platform};
        requested = co_await requests_.to_platforms(*video, std::move(platforms), std::move(target->options));
    }
    if (!requested)
        co_return error_response(request, requested.error());
    Publication publication = std::move(requested->front());
    const bool is_new = publication.is_new;
    const auto patience = preferred_wait(request);
    if (patience) {
        std::vector<PublicationId> ids{publication.id};
        std::vector<Publication> settled = co_await publications_.await_settled(std::move(ids), *patience);
        if (!settled.empty())
            publication = std::move(settled.front());
    }
    Response response = publication_response(is_new ? 201 : 200, publication);
    response.headers.add("Location", request.base_url + "/v1/publications/" + publication.id.text());
    if (patience)
        response.headers.add("Preference-Applied", "wait=" + std::to_string(patience->count()));
    co_return response;
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
    const auto retried = co_await publications_.retry(*id, insist, std::move(asked_by));
    co_return retried ? publication_response(200, *retried) : error_response(request, retried.error());
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
