#include "sandbox/instagram_media.hpp"

#include "sandbox/checks.hpp"
#include "sandbox/meta_graph.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <charconv>

namespace vitrina::sandbox {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

constexpr std::uint64_t largest = 300'000'000;
constexpr auto container_life = 24h;
constexpr std::size_t longest_caption = 2200, most_collaborators = 3;
constexpr std::int64_t posts_a_day = 50;

Account require_account(const Call& call)
{
    const Token token = require_graph_token(call, TokenOf::page, {"instagram_basic", "instagram_content_publish"});
    const auto account = call.world.accounts.find("instagram", token.account);
    if (!account)
        throw no_such_node(call.parameter("id"));
    return *account;
}

// Of a call on the account's own edges.
Account require_own(const Call& call)
{
    Account account = require_account(call);
    if (call.parameter("id") != account.id)
        throw no_such_node(call.parameter("id"));
    return account;
}

// "2026-11-27T10:00:00+0000"
std::string timestamp(Instant instant)
{
    std::string text = rfc3339(std::chrono::floor<std::chrono::seconds>(instant));
    return text.substr(0, 19) + "+0000";
}

bool is_number(const std::string& text)
{
    return !text.empty() && text.find_first_not_of("0123456789") == text.npos;
}

} // namespace

InstagramMedia::InstagramMedia(World& world) : world_(world)
{
    world_.database.run("CREATE TABLE IF NOT EXISTS instagram_containers (id TEXT PRIMARY KEY, account TEXT,"
                        " caption TEXT, sha256 TEXT, failure TEXT, media TEXT, opened INTEGER, ready INTEGER)");
}

std::optional<InstagramMedia::Container> InstagramMedia::find(std::string_view id) const
{
    const auto rows = world_.database.rows("SELECT id, account, caption, sha256, failure, media, opened, ready FROM "
                                           "instagram_containers WHERE id = ?",
                                           id);
    if (rows.empty())
        return std::nullopt;
    const Sqlite::Row& row = rows.front();
    return Container{row[0], row[1], row[2], row[3], row[4], row[5], to_instant(row[6]), to_instant(row[7])};
}

Response InstagramMedia::open(Call& call)
{
    const Account account = require_own(call);
    allow_query(call, {"access_token"});
    const FormFields form =
        require_form(call, {"media_type", "upload_type", "caption", "share_to_feed", "thumb_offset", "collaborators"});
    if (field(form, "media_type") != "REELS" || field(form, "upload_type") != "resumable")
        throw bad_parameter("The sandbox takes media_type REELS with upload_type resumable");
    const std::string caption = field(form, "caption"), share = field(form, "share_to_feed");
    if (count_characters(caption).value_or(longest_caption + 1) > longest_caption)
        throw Refusal{400, "100/2207010", "The caption was too long"};
    if (std::ranges::count(caption, '#') > 30)
        throw Refusal{400, "100/2207010", "The caption has too many hashtags"};
    if (!share.empty() && share != "true" && share != "false")
        throw bad_parameter("Param share_to_feed must be a boolean");
    if (const std::string at = field(form, "thumb_offset"); !at.empty() && !is_number(at))
        throw Refusal{400, "100/2207057", "The thumbnail offset must be a number"};
    if (const std::string names = field(form, "collaborators"); !names.empty()) {
        boost::system::error_code broken;
        const json::value list = json::parse(names, broken);
        if (broken || !list.is_array() || list.get_array().size() > most_collaborators)
            throw bad_parameter("Param collaborators must be a list of at most three names");
    }
    const Container container{fresh_instagram_id(world_), account.name, caption, "", "", "", world_.clock.now(), {}};
    world_.database.run("INSERT INTO instagram_containers VALUES (?, ?, ?, '', '', '', ?, 0)", container.id,
                        container.account, container.caption, container.opened);
    return json_response(200, json::object{{"id", container.id},
                                           {"uri", "https://" + std::string(rupload_host) + "/ig-api-upload/" +
                                                       std::string(call.parameter("version")) + "/" + container.id}});
}

Task<Response> InstagramMedia::put(Call& call)
{
    const Token token = require_upload_token(call, {"instagram_content_publish"});
    const RuploadPart part = require_part(call);
    const auto container = find(call.parameter("id"));
    if (!container || container->account != token.account)
        throw Refusal{400, "ProcessingFailedError", "Request processing failed: the container is unknown"};
    if (call.scripted("session_lost"))
        world_.database.run("UPDATE instagram_containers SET opened = ? WHERE id = ?", Instant{}, container->id);
    if (find(container->id)->opened + container_life <= world_.clock.now())
        throw Refusal{400, "ProcessingFailedError", "Request processing failed: the container has expired"};
    if (part.size == 0 || part.size > largest)
        throw Refusal{400, "ProcessingFailedError", "Request processing failed: the file is empty, or too large"};
    auto upload = world_.uploads.find("instagram", container->id);
    if (!upload) {
        upload = Upload{container->id, "instagram", container->account};
        upload->total = part.size;
        upload->opened = world_.clock.now();
        world_.uploads.open(*upload);
    }
    if (part.size != upload->total || part.offset != upload->received || container->ready != Instant{})
        throw Refusal{400, "OffsetInvalidError", "Request processing failed: the offset is not where it stands"};
    Keeping keeping;
    if (const auto fault = call.scripted("keep"))
        keeping.at_most = static_cast<std::uint64_t>(fault->number);
    co_await world_.uploads.receive(*upload, *call.stream, keeping);
    if (upload->received != upload->total)
        throw Refusal{500, "PartialRequestError", "Partial request (did not match length of file)"};
    const std::string sha256 = co_await world_.uploads.digest(*upload);
    const Processing plan = plan_processing(call);
    world_.database.run("UPDATE instagram_containers SET sha256 = ?, failure = ?, ready = ? WHERE id = ?", sha256,
                        plan.failure, plan.ready, container->id);
    co_return json_response(200, json::object{{"success", true}, {"message", "Upload successful."}});
}

std::string InstagramMedia::state_of(const Container& container) const
{
    const Instant now = world_.clock.now();
    if (!container.media.empty())
        return "PUBLISHED";
    if (container.opened + container_life <= now)
        return "EXPIRED";
    if (container.ready == Instant{} || container.ready > now)
        return "IN_PROGRESS";
    return container.failure.empty() ? "FINISHED" : "ERROR";
}

json::object InstagramMedia::container_json(const Container& container) const
{
    const auto upload = world_.uploads.find("instagram", container.id);
    const bool whole = container.ready != Instant{};
    const std::string state = state_of(container);
    return {{"id", container.id},
            {"status_code", state},
            {"status", state == "ERROR" ? "Error: Media upload has failed with error code 2207026: " + container.failure
                                        : state + ": sandbox"},
            {"video_status",
             {{"uploading_phase",
               {{"status", whole ? "complete" : "in_progress"}, {"bytes_transferred", upload ? upload->received : 0}}},
              {"processing_phase", {{"status", whole ? "in_progress" : "not_started"}}}}}};
}

std::int64_t InstagramMedia::posts_of_a_day(const Account& account) const
{
    const Instant since = world_.clock.now() - 24h;
    const auto posts = world_.ledger.list("instagram", account.name);
    return std::ranges::count_if(posts, [since](const Post& post) { return post.accepted > since; });
}

Response InstagramMedia::publish(Call& call)
{
    const Account account = require_own(call);
    allow_query(call, {"access_token"});
    const FormFields form = require_form(call, {"creation_id"});
    const auto container = find(field(form, "creation_id"));
    if (!container || container->account != account.name)
        throw Refusal{400, "100/2207006", "The media with ID cannot be found"};
    const std::string state = state_of(*container);
    if (state == "EXPIRED")
        throw Refusal{400, "100/2207008", "The media builder with creation id has expired"};
    if (state == "ERROR")
        throw Refusal{400, "352/2207026", "The video format is not supported: " + container->failure};
    if (state == "IN_PROGRESS")
        throw Refusal{400, "9007/2207027", "The media is not ready to be published. Please wait a moment."};
    if (call.scripted("quota_exceeded") || (is_set(account, "limits", false) && posts_of_a_day(account) >= posts_a_day))
        throw Refusal{403, "9/2207042", "You reached the maximum number of posts that is allowed to be published"};
    Post post{"instagram", account.name, fresh_instagram_id(world_), "reel"};
    post.text = container->caption;
    post.privacy = "public";
    post.sha256 = container->sha256;
    const auto upload = world_.uploads.find("instagram", container->id);
    post.size = upload ? upload->total : 0;
    post.source = container->id;
    post.url = "https://www.instagram.com/reel/" + world_.names.token(11) + "/";
    post.ready = world_.clock.now(); // its video was processed before
    const bool again = !container->media.empty();
    Transaction transaction(world_.database);
    post = accept(call, std::move(post));
    world_.database.run("UPDATE instagram_containers SET media = ? WHERE id = ?", post.id, container->id);
    Upload filled = upload.value();
    if (!again)
        world_.uploads.finish(filled, post.id);
    transaction.commit();
    if (!again)
        world_.uploads.forget_bytes(filled, container->sha256);
    return json_response(200, json::object{{"id", post.id}});
}

Response InstagramMedia::limit(Call& call) const
{
    const Account account = require_own(call);
    allow_query(call, {"access_token", "fields"});
    const bool full = call.scripted("quota_exceeded").has_value();
    json::object one{{"quota_usage", full ? posts_a_day : posts_of_a_day(account)},
                     {"config", {{"quota_total", posts_a_day}, {"quota_duration", 86400}}}};
    return json_response(200, json::object{{"data", {std::move(one)}}});
}

json::object InstagramMedia::post_json(const Post& post)
{
    const std::string_view site = "https://www.instagram.com/reel/";
    return {{"id", post.id},
            {"caption", post.text},
            {"permalink", post.url},
            {"shortcode", post.url.substr(site.size(), post.url.size() - site.size() - 1)},
            {"media_product_type", "REELS"},
            {"timestamp", timestamp(post.accepted)}};
}

Response InstagramMedia::list(Call& call) const
{
    const Account account = require_own(call);
    allow_query(call, {"access_token", "fields", "limit"});
    std::size_t most = 25;
    const std::string text = call.request.query_value("limit").value_or("25");
    std::from_chars(text.data(), text.data() + text.size(), most);
    std::vector<Post> posts = world_.ledger.list("instagram", account.name);
    std::reverse(posts.begin(), posts.end());
    json::array data;
    for (const Post& post : posts)
        if (!post.deleted && post.listed <= world_.clock.now() && data.size() < most)
            data.push_back(picked(call, post_json(post)));
    return json_response(200, json::object{{"data", std::move(data)}, {"paging", json::object()}});
}

Response InstagramMedia::show(Call& call) const
{
    const Account account = require_account(call);
    allow_query(call, {"access_token", "fields"});
    const std::string_view id = call.parameter("id");
    if (id == account.id)
        return json_response(200, picked(call, {{"id", account.id}, {"username", account.name}}));
    if (const auto container = find(id); container && container->account == account.name)
        return json_response(200, picked(call, container_json(*container)));
    const auto post = world_.ledger.find("instagram", id);
    if (!post || post->account != account.name || post->deleted || post->listed > world_.clock.now())
        throw no_such_node(id);
    return json_response(200, picked(call, post_json(*post)));
}

Response InstagramMedia::remove(Call& call)
{
    const Account account = require_account(call);
    allow_query(call, {"access_token"});
    const auto post = world_.ledger.find("instagram", call.parameter("id"));
    if (!post || post->account != account.name || post->deleted)
        throw no_such_node(call.parameter("id"));
    world_.ledger.mark_deleted(*post, world_.clock.now());
    return success();
}

Response InstagramMedia::page(Call& call) const
{
    const std::string url = "https://www.instagram.com/reel/" + std::string(call.parameter("code")) + "/";
    for (const Post& post : world_.ledger.list("instagram"))
        if (post.url == url && !post.deleted)
            return Response(200, "text/plain; charset=utf-8", "Sandbox, not Instagram.\n\n" + post.text + "\n");
    return Response(404, "text/plain; charset=utf-8", "Sandbox: this page isn't available.\n");
}

} // namespace vitrina::sandbox
