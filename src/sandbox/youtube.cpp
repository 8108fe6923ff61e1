#include "sandbox/youtube.hpp"

#include "core/digest.hpp"
#include "sandbox/checks.hpp"
#include "sandbox/google_oauth.hpp"
#include "sandbox/youtube_quota.hpp"
#include "sandbox/youtube_upload.hpp"
#include "sandbox/youtube_video.hpp"

#include <boost/json.hpp>

#include <algorithm>

namespace vitrina::sandbox {
namespace {

namespace json = boost::json;
using namespace youtube_scopes;

constexpr std::size_t most_thumbnail_bytes = 2 * 1024 * 1024;

class Youtube final : public Network {
public:
    explicit Youtube(World& world) : world_(world), quota_(world), upload_(world, quota_) {}

    std::string_view name() const override { return "youtube"; }
    std::vector<Operation> operations() override;
    Response refuse(std::string_view operation, const Refusal& refusal) const override;
    json::object make_account(const json::object& wanted) override;

private:
    Response channels(Call& call);
    Response list(Call& call);
    Response update(Call& call);
    Response remove(Call& call);
    Response playlist(Call& call);
    Response set_thumbnail(Call& call);
    Response watch(Call& call);

    Account account_of(const Token& token) const { return world_.accounts.find("youtube", token.account).value(); }
    std::string channel_of(const Post& video) const
    {
        return world_.accounts.find("youtube", video.account).value().id;
    }
    Post require_own_video(const Token& token, const std::string& id) const;

    World& world_;
    YoutubeQuota quota_;
    YoutubeUpload upload_;
};

std::vector<Operation> Youtube::operations()
{
    std::vector<Operation> all = google_oauth_operations(world_);
    // Google answers for the API under both names.
    for (const char* host : {"www.googleapis.com", "youtube.googleapis.com"}) {
        const std::vector<Operation> here{
            {"channels.list", host, Method::get, "/youtube/v3/channels", [this](Call& c) { return channels(c); }},
            {"videos.list", host, Method::get, "/youtube/v3/videos", [this](Call& c) { return list(c); }},
            {"videos.update", host, Method::put, "/youtube/v3/videos", [this](Call& c) { return update(c); }},
            {"videos.delete", host, Method::del, "/youtube/v3/videos", [this](Call& c) { return remove(c); }},
            {"playlistItems.list", host, Method::get, "/youtube/v3/playlistItems",
             [this](Call& c) { return playlist(c); }},
            {"thumbnails.set",
             host,
             Method::post,
             "/upload/youtube/v3/thumbnails/set",
             [this](Call& c) { return set_thumbnail(c); },
             {},
             most_thumbnail_bytes},
            {"videos.insert", host, Method::post, "/upload/youtube/v3/videos",
             [this](Call& c) { return upload_.open(c); }},
            {"videos.upload",
             host,
             Method::put,
             "/upload/youtube/v3/videos",
             {},
             [this](Call& c) { return upload_.put(c); }},
        };
        all.insert(all.end(), here.begin(), here.end());
    }
    all.push_back({"watch", "www.youtube.com", Method::get, "/watch", [this](Call& c) { return watch(c); }});
    return all;
}

Response Youtube::refuse(std::string_view operation, const Refusal& refusal) const
{
    if (operation.starts_with("oauth."))
        return oauth_refusal(refusal);
    const std::string_view domain =
        refusal.reason == "quotaExceeded" || refusal.reason == "uploadLimitExceeded" ? "youtube.quota" : "global";
    const json::object detail{
        {"message", refusal.words}, {"domain", domain}, {"reason", refusal.reason}, {"location", refusal.where}};
    json::object error{{"code", refusal.status}, {"message", refusal.words}, {"errors", json::array{detail}}};
    if (refusal.status == 401)
        error["status"] = "UNAUTHENTICATED";
    Response response = json_response(refusal.status, json::object{{"error", error}});
    if (refusal.reset)
        response.headers.add(
            "Retry-After",
            std::to_string(std::chrono::ceil<std::chrono::seconds>(*refusal.reset - world_.clock.now()).count()));
    return response;
}

json::object Youtube::make_account(const json::object& wanted)
{
    check_members(wanted, "",
                  {{"network", Kind::text},
                   {"name", Kind::text, true},
                   {"audited", Kind::boolean},
                   {"channel", Kind::boolean},
                   {"limits", Kind::boolean},
                   {"scopes", Kind::text}});
    const std::string name = text_of(wanted, "name");
    // Made again, an account keeps its channel and its program: that is a reconnect.
    const auto known = world_.accounts.find("youtube", name);
    Account account{"youtube", name, known ? known->id : "UC" + world_.names.token(22)};
    account.options = json::serialize(wanted);
    world_.accounts.add(account);
    const std::string client_id = "sandbox-" + hex(std::as_bytes(std::span(name))) + ".apps.googleusercontent.com";
    auto client = world_.accounts.find_client("youtube", client_id);
    if (!client) {
        client = Client{"youtube", client_id, "GOCSPX-" + world_.names.token(28), "Vitrina"};
        world_.accounts.add(*client);
    }
    const std::string scopes = wanted.contains("scopes") ? text_of(wanted, "scopes") : std::string(everything);
    const Token refresh{
        "1//" + world_.names.token(43), "refresh", "youtube", name, client_id, scopes, "", Instant::max()};
    world_.accounts.add(refresh);
    return {{"network", "youtube"},           {"name", name},
            {"client_id", client_id},         {"client_secret", client->secret},
            {"refresh_token", refresh.value}, {"scopes", scopes},
            {"channel_id", account.id}};
}

Response Youtube::channels(Call& call)
{
    const Token token = require_bearer(call, reading);
    allow_query(call, {"part", "mine", "maxResults"});
    const auto parts = require_parts(call, {"id", "snippet", "contentDetails", "status"});
    if (call.request.query_value("mine") != "true")
        throw Refusal{400, "missingRequiredParameter", "No filter selected. Expected one of: mine", "parameters."};
    quota_.spend(call, token, 1);
    const Account account = account_of(token);
    json::array items;
    if (has_channel(account)) {
        json::object channel{{"kind", "youtube#channel"}, {"id", account.id}};
        if (names_part(parts, "snippet"))
            channel["snippet"] = {{"title", account.name + " (sandbox)"}, {"customUrl", "@" + account.name}};
        if (names_part(parts, "contentDetails"))
            channel["contentDetails"] = {{"relatedPlaylists", {{"uploads", uploads_playlist(account)}}}};
        items.push_back(std::move(channel));
    }
    return json_response(200, list_answer("youtube#channelListResponse", std::move(items)));
}

Response Youtube::list(Call& call)
{
    const Token token = require_bearer(call, reading);
    allow_query(call, {"part", "id", "maxResults"});
    const auto parts = require_parts(call, {"id", "snippet", "status", "processingDetails", "contentDetails"});
    const auto ids = split_commas(require_query(call, "id"));
    if (ids.size() > 50)
        throw Refusal{400, "invalidFilters", "At most 50 ids.", "id"};
    quota_.spend(call, token, 1);
    json::array items;
    for (const std::string& id : ids) {
        const auto video = world_.ledger.find("youtube", id);
        if (!video || video->deleted)
            continue;
        if (video->account == token.account || published_privacy(*video, world_.clock.now()) != "private")
            items.push_back(video_resource(*video, parts, channel_of(*video), world_.clock.now()));
    }
    return json_response(200, list_answer("youtube#videoListResponse", std::move(items)));
}

Post Youtube::require_own_video(const Token& token, const std::string& id) const
{
    const auto video = world_.ledger.find("youtube", id);
    if (!video || video->deleted)
        throw Refusal{404, "videoNotFound", "The video that you are trying to use cannot be found.", "id"};
    if (video->account != token.account)
        throw Refusal{403, "forbidden", "The request is not properly authorized for this video.", "id"};
    return *video;
}

Response Youtube::update(Call& call)
{
    const Token token = require_bearer(call, managing);
    allow_query(call, {"part"});
    const auto parts = require_parts(call, {"id", "snippet", "status"});
    const json::object body = require_json(call);
    Post video = require_own_video(token, text_of(body, "id"));
    check_youtube_metadata(body, parts, world_.clock.now());
    if (names_part(parts, "snippet") && !body.at("snippet").as_object().contains("categoryId"))
        throw Refusal{400, "invalidCategoryId", "An update of the snippet needs its categoryId.",
                      "body.snippet.categoryId"};
    quota_.spend(call, token, 50);
    describe(video, body, is_audited(account_of(token)));
    world_.ledger.edit(video);
    return json_response(200, video_resource(video, parts, account_of(token).id, world_.clock.now()));
}

Response Youtube::remove(Call& call)
{
    const Token token = require_bearer(call, managing);
    allow_query(call, {"id"});
    const Post video = require_own_video(token, require_query(call, "id"));
    quota_.spend(call, token, 50);
    world_.ledger.mark_deleted(video, world_.clock.now());
    return Response(204);
}

Response Youtube::playlist(Call& call)
{
    const Token token = require_bearer(call, reading);
    allow_query(call, {"part", "playlistId", "maxResults", "pageToken"});
    const auto parts = require_parts(call, {"id", "snippet", "contentDetails", "status"});
    const Account account = account_of(token);
    if (require_query(call, "playlistId") != uploads_playlist(account))
        throw Refusal{404, "playlistNotFound",
                      "The playlist identified with the request's playlistId parameter cannot be found.", "playlistId"};
    const std::size_t page = page_number(call, "maxResults", 5, 0, 50);
    const std::size_t start = page_number(call, "pageToken", 0, 0, 1'000'000);
    quota_.spend(call, token, 1);

    std::vector<Post> shown = world_.ledger.list("youtube", token.account);
    std::erase_if(shown, [&](const Post& post) { return post.deleted || post.listed > world_.clock.now(); });
    std::reverse(shown.begin(), shown.end());
    json::array items;
    for (std::size_t n = start; n < shown.size() && n < start + page; ++n)
        items.push_back(playlist_item(shown[n], parts));
    json::object answer = list_answer("youtube#playlistItemListResponse", std::move(items));
    answer["pageInfo"] = {{"totalResults", shown.size()}, {"resultsPerPage", page}};
    if (page > 0 && start + page < shown.size())
        answer["nextPageToken"] = std::to_string(start + page);
    return json_response(200, answer);
}

Response Youtube::set_thumbnail(Call& call)
{
    const Token token = require_bearer(call, uploading);
    allow_query(call, {"videoId", "uploadType"});
    if (require_query(call, "uploadType") != "media")
        throw Refusal{400, "badRequest", "Only uploadType=media is taken here.", "uploadType"};
    const std::string_view type = call.request.headers.get("Content-Type");
    if (type != "image/jpeg" && type != "image/png" && type != "application/octet-stream")
        throw Refusal{415, "badContent", "Unsupported content with type: " + std::string(type), "Content-Type"};
    if (call.body.empty())
        throw Refusal{400, "mediaBodyRequired", "The request does not include the image content."};
    if (!call.body.starts_with("\xff\xd8\xff") && !call.body.starts_with("\x89PNG\r\n\x1a\n"))
        throw Refusal{400, "invalidImage", "The provided image content is invalid."};
    Post video = require_own_video(token, require_query(call, "videoId"));
    quota_.spend(call, token, 50);
    json::object details = json::parse(video.details).as_object();
    details["thumbnail_sha256"] = sha256_hex(call.body);
    video.details = json::serialize(details);
    world_.ledger.edit(video);
    const json::object picture{
        {"url", "https://i.ytimg.com/vi/" + video.id + "/default.jpg"}, {"width", 120}, {"height", 90}};
    return json_response(200, json::object{{"kind", "youtube#thumbnailSetResponse"},
                                           {"items", json::array{json::object{{"default", picture}}}}});
}

Response Youtube::watch(Call& call)
{
    const auto video = world_.ledger.find("youtube", require_query(call, "v"));
    if (!video || video->deleted || published_privacy(*video, world_.clock.now()) == "private")
        return Response(404, "text/plain; charset=utf-8", "Sandbox: this video isn't available.\n");
    return Response(200, "text/plain; charset=utf-8",
                    "Sandbox, not YouTube.\n\n" + video->title + "\n\n" + video->text + "\n");
}

} // namespace

std::unique_ptr<Network> make_youtube(World& world)
{
    return std::make_unique<Youtube>(world);
}

} // namespace vitrina::sandbox
