#include "sandbox/peertube.hpp"

#include "sandbox/checks.hpp"
#include "sandbox/peertube_upload.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <charconv>

namespace vitrina::sandbox {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;
using peertube_scopes::user;

constexpr const char* host = "peertube.sandbox.test";
constexpr std::string_view base = "https://peertube.sandbox.test";
constexpr auto access_life = 14'399s;
constexpr auto refresh_life = 14 * 24h;

// What is null is taken off.
std::string without_description(const std::string& details)
{
    json::object without = json::parse(details).as_object();
    without.erase("description");
    return json::serialize(without);
}

class Peertube final : public Network {
public:
    explicit Peertube(World& world) : world_(world), upload_(world) {}

    std::string_view name() const override { return "peertube"; }
    std::vector<Operation> operations() override;
    Response refuse(std::string_view operation, const Refusal& refusal) const override;
    json::object make_account(const json::object& wanted) override;

private:
    Client local_client();
    Response client_json()
    {
        return json_response(200,
                             json::object{{"client_id", local_client().id}, {"client_secret", local_client().secret}});
    }
    Response token(Call& call);
    Account require_login(const Call& call, const FormFields& form) const;
    Account redeem_refresh(const Call& call, const FormFields& form) const;
    json::object fresh_tokens(const Account& account);
    Response revoke(Call& call);
    Response config() const;
    Response me(Call& call);
    Response quota(Call& call);
    Response my_videos(Call& call);
    Response show(Call& call);
    Response edit(Call& call);
    Response remove(Call& call);
    Response public_page(Call& call);

    Account account_of(const Token& token) const { return world_.accounts.find("peertube", token.account).value(); }
    std::uint64_t quota_used(const std::string& account) const;
    Post require_video(const Call& call) const;
    Post require_own_video(const Call& call) const;
    json::object video_json(const Post& video) const;

    World& world_;
    PeertubeUpload upload_;
};

std::vector<Operation> Peertube::operations()
{
    const std::string uploads = "/api/v1/videos/upload-resumable";
    return {
        {"oauth.client", host, Method::get, "/api/v1/oauth-clients/local", [this](Call&) { return client_json(); }},
        {"oauth.token", host, Method::post, "/api/v1/users/token", [this](Call& c) { return token(c); }},
        {"oauth.revoke", host, Method::post, "/api/v1/users/revoke-token", [this](Call& c) { return revoke(c); }},
        {"config", host, Method::get, "/api/v1/config", [this](Call&) { return config(); }},
        {"users.me", host, Method::get, "/api/v1/users/me", [this](Call& c) { return me(c); }},
        {"users.quota", host, Method::get, "/api/v1/users/me/video-quota-used", [this](Call& c) { return quota(c); }},
        {"users.videos", host, Method::get, "/api/v1/users/me/videos", [this](Call& c) { return my_videos(c); }},
        {"upload.open", host, Method::post, uploads, [this](Call& c) { return upload_.open(c); }},
        {"upload.put", host, Method::put, uploads, {}, [this](Call& c) { return upload_.put(c); }},
        {"upload.cancel", host, Method::del, uploads, [this](Call& c) { return upload_.cancel(c); }},
        {"videos.show", host, Method::get, "/api/v1/videos/{id}", [this](Call& c) { return show(c); }},
        {"videos.edit", host, Method::put, "/api/v1/videos/{id}", [this](Call& c) { return edit(c); }},
        {"videos.delete", host, Method::del, "/api/v1/videos/{id}", [this](Call& c) { return remove(c); }},
        {"page", host, Method::get, "/w/{id}", [this](Call& c) { return public_page(c); }},
    };
}

Response Peertube::refuse(std::string_view, const Refusal& refusal) const
{
    std::string code = refusal.reason;
    if (refusal.status == 401 && (code == "required" || code == "authError"))
        code = "invalid_token";
    json::object problem{{"type", "about:blank"},
                         {"title", "Refused"},
                         {"detail", refusal.words},
                         {"status", refusal.status},
                         {"error", refusal.words}};
    if (!code.empty()) {
        problem["type"] = "https://docs.joinpeertube.org/api-rest-reference.html#section/Errors/" + code;
        problem["code"] = code;
    }
    if (refusal.status == 400 && !refusal.where.empty())
        problem["invalid-params"] = {
            {refusal.where, {{"msg", refusal.words}, {"param", refusal.where}, {"location", "body"}}}};
    Response response(refusal.status, "application/problem+json; charset=utf-8", json::serialize(problem));
    if (refusal.reset)
        response.headers.add(
            "Retry-After",
            std::to_string(std::chrono::ceil<std::chrono::seconds>(*refusal.reset - world_.clock.now()).count()));
    return response;
}

json::object Peertube::make_account(const json::object& wanted)
{
    check_members(
        wanted, "",
        {{"network", Kind::text}, {"name", Kind::text, true}, {"otp", Kind::text}, {"moderated", Kind::boolean}});
    const std::string name = text_of(wanted, "name");
    const auto known = world_.accounts.find("peertube", name);
    Account account{"peertube", name, known ? known->id : world_.names.number(6),
                    known ? known->password : world_.names.token(16)};
    account.options = json::serialize(wanted);
    world_.accounts.add(account);
    json::object made = fresh_tokens(account);
    made.insert({{"network", "peertube"},
                 {"name", name},
                 {"base_url", base},
                 {"username", name},
                 {"password", account.password},
                 {"client_id", local_client().id},
                 {"client_secret", local_client().secret},
                 {"channel_id", to_number(account.id)}});
    return made;
}

Client Peertube::local_client()
{
    if (const auto client = world_.accounts.find_client("peertube", "local"))
        return *client;
    const Client client{"peertube", "local", world_.names.token(32), "PeerTube"};
    world_.accounts.add(client);
    return client;
}

Response Peertube::token(Call& call)
{
    const FormFields form = require_form(
        call, {"client_id", "client_secret", "grant_type", "response_type", "username", "password", "refresh_token"});
    const Client client = local_client();
    if (field(form, "client_id") != client.id || field(form, "client_secret") != client.secret)
        throw Refusal{400, "invalid_client", "Invalid client: client is invalid"};
    const std::string grant = field(form, "grant_type");
    if (grant == "password")
        return json_response(200, fresh_tokens(require_login(call, form)));
    if (grant == "refresh_token")
        return json_response(200, fresh_tokens(redeem_refresh(call, form)));
    throw Refusal{400, "unsupported_grant_type", "Unsupported grant type: `grant_type` is invalid"};
}

Account Peertube::require_login(const Call& call, const FormFields& form) const
{
    const auto account = world_.accounts.find("peertube", field(form, "username"));
    if (!account || account->password != field(form, "password"))
        throw Refusal{400, "invalid_grant", "Invalid grant: user credentials are invalid"};
    const std::string wanted = text_of(json::parse(account->options).as_object(), "otp");
    const std::string_view given = call.request.headers.get("X-Peertube-Otp");
    if (!wanted.empty() && given.empty())
        throw Refusal{401, "missing_two_factor", "Missing two factor header"};
    if (!wanted.empty() && given != wanted)
        throw Refusal{400, "invalid_two_factor", "Invalid two factor header"};
    return *account;
}

// A refresh token is good for one use.
Account Peertube::redeem_refresh(const Call& call, const FormFields& form) const
{
    const auto refresh = world_.accounts.find_token("peertube", "refresh", field(form, "refresh_token"));
    if (!refresh || refresh->expires <= world_.clock.now() || call.scripted("revoked"))
        throw Refusal{400, "invalid_grant", "Invalid grant: refresh token is invalid"};
    return account_of(*refresh);
}

// A new pair ends the earlier one.
json::object Peertube::fresh_tokens(const Account& account)
{
    for (const std::string_view kind : {"access", "refresh"})
        world_.accounts.remove_tokens("peertube", account.name, kind);
    const Instant now = world_.clock.now();
    const Token access{world_.names.token(40), "access", "peertube", account.name, "local", "user", "",
                       now + access_life};
    const Token refresh{world_.names.token(40), "refresh", "peertube", account.name, "local", "user", "",
                        now + refresh_life};
    world_.accounts.add(access);
    world_.accounts.add(refresh);
    return {{"token_type", "Bearer"},
            {"access_token", access.value},
            {"refresh_token", refresh.value},
            {"expires_in", access_life.count()},
            {"refresh_token_expires_in", std::chrono::seconds{refresh_life}.count()}};
}

Response Peertube::revoke(Call& call)
{
    const Token token = require_bearer(call, user);
    for (const std::string_view kind : {"access", "refresh"})
        world_.accounts.remove_tokens("peertube", token.account, kind);
    return json_response(200, json::object{{"success", true}});
}

Response Peertube::config() const
{
    const json::array extensions{".mp4", ".webm", ".mov", ".mkv", ".ogv", ".avi"};
    return json_response(200, json::object{{"instance", {{"name", "Vitrina sandbox"}}},
                                           {"serverVersion", "8.0.0"},
                                           {"video", {{"file", {{"extensions", extensions}}}}},
                                           {"transcoding", {{"enabled", true}}}});
}

std::uint64_t Peertube::quota_used(const std::string& account) const
{
    std::uint64_t used = 0;
    for (const Post& post : world_.ledger.list("peertube", account))
        used += post.deleted ? 0 : post.size;
    return used;
}

Response Peertube::me(Call& call)
{
    const Account account = account_of(require_bearer(call, user));
    const json::object channel{{"id", to_number(account.id)},
                               {"name", account.name + "_channel"},
                               {"displayName", account.name + " (sandbox)"}};
    return json_response(200, json::object{{"id", to_number(account.id)},
                                           {"username", account.name},
                                           {"videoQuota", -1},
                                           {"videoQuotaUsed", quota_used(account.name)},
                                           {"videoChannels", json::array{channel}}});
}

Response Peertube::quota(Call& call)
{
    const Token token = require_bearer(call, user);
    const std::uint64_t used = quota_used(token.account);
    return json_response(200, json::object{{"videoQuotaUsed", used}, {"videoQuotaUsedDaily", used}});
}

Response Peertube::my_videos(Call& call)
{
    const Token token = require_bearer(call, user);
    allow_query(call, {"sort", "count", "start", "search"});
    if (const auto sort = call.request.query_value("sort"); sort && *sort != "-createdAt" && *sort != "createdAt")
        throw Refusal{400, "", "Incorrect sort.", "sort"};
    const std::string text = call.request.query_value("count").value_or("15");
    std::size_t count = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (error != std::errc{} || stop != text.data() + text.size() || count > 100)
        throw Refusal{400, "", "Incorrect count.", "count"};
    std::vector<Post> videos = world_.ledger.list("peertube", token.account);
    std::erase_if(videos, [&](const Post& video) { return video.deleted || video.listed > world_.clock.now(); });
    if (call.request.query_value("sort").value_or("-createdAt") == "-createdAt")
        std::reverse(videos.begin(), videos.end());
    json::array data;
    for (const Post& video : videos)
        if (data.size() < count)
            data.push_back(video_json(video));
    return json_response(200, json::object{{"total", videos.size()}, {"data", data}});
}

json::object Peertube::video_json(const Post& video) const
{
    const json::object details = json::parse(video.details).as_object();
    const bool processed = video.ready <= world_.clock.now();
    const int state = !processed ? 2 : video.failure.empty() ? 1 : 7;
    const char* state_label = !processed ? "To transcode" : video.failure.empty() ? "Published" : "Transcoding failed";
    const json::value* privacy = details.if_contains("privacy");
    json::object object{{"id", details.at("id")},
                        {"uuid", video.id},
                        {"shortUUID", details.at("shortUUID")},
                        {"name", video.title},
                        {"description", video.text},
                        {"url", std::string(base) + "/videos/watch/" + video.id},
                        {"privacy", {{"id", privacy ? privacy->as_int64() : 1}, {"label", video.privacy}}},
                        {"state", {{"id", state}, {"label", state_label}}},
                        {"createdAt", rfc3339(video.accepted)},
                        {"duration", 0}};
    object["tags"] = details.contains("tags") ? details.at("tags") : json::value(json::array());
    object["blacklisted"] = is_set(world_.accounts.find("peertube", video.account).value(), "moderated", false);
    return object;
}

// By id, uuid or shortUUID.
Post Peertube::require_video(const Call& call) const
{
    const std::string id(call.parameter("id"));
    for (const Post& video : world_.ledger.list("peertube")) {
        const json::object details = json::parse(video.details).as_object();
        const bool meant =
            video.id == id || text_of(details, "shortUUID") == id || std::to_string(details.at("id").as_int64()) == id;
        if (meant && !video.deleted)
            return video;
    }
    throw Refusal{404, "", "Video not found"};
}

Post Peertube::require_own_video(const Call& call) const
{
    const Token token = require_bearer(call, user);
    Post video = require_video(call);
    if (video.account != token.account)
        throw Refusal{403, "", "Cannot manage a video of another user."};
    return video;
}

Response Peertube::show(Call& call)
{
    Post video = require_video(call);
    const bool open = (video.privacy == "public" || video.privacy == "unlisted") && video.ready <= world_.clock.now() &&
                      video.failure.empty();
    if (!open)
        video = require_own_video(call);
    return json_response(200, video_json(video));
}

Response Peertube::edit(Call& call)
{
    Post video = require_own_video(call);
    json::object body = require_json(call);
    if (const auto* description = body.if_contains("description"); description && description->is_null()) {
        video.details = without_description(video.details);
        body.erase("description");
    }
    check_peertube_metadata(body, false);
    json::object details = json::parse(video.details).as_object();
    for (const auto& [name, value] : body)
        details[name] = value;
    video.title = text_of(details, "name");
    video.text = text_of(details, "description");
    if (body.contains("privacy"))
        video.privacy = peertube_privacy(body.at("privacy").as_int64());
    video.details = json::serialize(details);
    world_.ledger.edit(video);
    return Response(204);
}

Response Peertube::remove(Call& call)
{
    world_.ledger.mark_deleted(require_own_video(call), world_.clock.now());
    return Response(204);
}

Response Peertube::public_page(Call& call)
{
    const Post video = require_video(call);
    if (video.privacy != "public" && video.privacy != "unlisted")
        throw Refusal{404, "", "Video not found"};
    return Response(200, "text/plain; charset=utf-8",
                    "Sandbox, not a real PeerTube server.\n\n" + video.title + "\n\n" + video.text + "\n");
}

} // namespace

std::unique_ptr<Network> make_peertube(World& world)
{
    return std::make_unique<Peertube>(world);
}

} // namespace vitrina::sandbox
