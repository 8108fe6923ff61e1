#include "sandbox/facebook_video.hpp"

#include "sandbox/checks.hpp"
#include "sandbox/meta_graph.hpp"
#include "sandbox/posted_form.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>

namespace vitrina::sandbox {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

constexpr std::uint64_t part_size = 1024 * 1024, largest = 10'000'000'000;
constexpr auto upload_life = 24h;
constexpr std::size_t longest_title = 255, longest_description = 63'206, largest_thumbnail = 10 * 1024 * 1024;
constexpr int most_reels = 30;

std::uint64_t number_of(const std::string& text, const std::string& name)
{
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size())
        throw bad_parameter("Param " + name + " must be an integer");
    return number;
}

// Offsets are texts.
json::object range_after(const Upload& upload)
{
    return {{"start_offset", std::to_string(upload.received)},
            {"end_offset", std::to_string(std::min(upload.received + part_size, upload.total))}};
}

json::object facts_of(const Upload& upload)
{
    return json::parse(upload.metadata).as_object();
}

bool is_reel(const Upload& upload)
{
    return facts_of(upload).at("reel").as_bool();
}

void check_length(std::string_view text, std::size_t most, const std::string& name)
{
    if (count_characters(text).value_or(most + 1) > most)
        throw bad_parameter("Param " + name + " is too long, or no text");
}

} // namespace

Account FacebookVideos::require_page(const Call& call) const
{
    const Token token = require_graph_token(call, TokenOf::page, {"pages_manage_posts"});
    const Account account = world_.accounts.find("facebook", token.account).value();
    if (call.parameter("id") != account.id)
        throw no_such_node(call.parameter("id"));
    return account;
}

std::optional<Upload> FacebookVideos::find_session(const std::string& session) const
{
    for (Upload& upload : world_.uploads.list())
        if (upload.network == "facebook" && text_of(facts_of(upload), "session") == session)
            return std::move(upload);
    return std::nullopt;
}

Upload FacebookVideos::require_upload(const Call& call, const std::string& id, const Account& account) const
{
    auto upload = world_.uploads.find("facebook", id);
    if (!upload || upload->account != account.name)
        throw Refusal{400, "1363033", "The video upload session is unknown."};
    if (call.scripted("session_lost"))
        world_.uploads.backdate(*upload, Instant{});
    if (upload->post.empty() && upload->opened + upload_life <= world_.clock.now())
        throw Refusal{400, "1363041", "The video upload session has expired."};
    return *std::move(upload);
}

Upload FacebookVideos::open(const Account& account, bool reel, std::uint64_t size)
{
    Upload upload{fresh_facebook_id(world_), "facebook", account.name};
    const std::string session = fresh_facebook_id(world_);
    upload.metadata = json::serialize(json::object{{"reel", reel}, {"session", session}});
    upload.total = size;
    upload.opened = world_.clock.now();
    world_.uploads.open(upload);
    return upload;
}

Task<Response> FacebookVideos::videos(Call& call)
{
    const Account account = require_page(call);
    allow_query(call, {"access_token"});
    if (call.request.headers.get("Content-Type").starts_with("multipart/form-data")) {
        Response stored = co_await transfer(call, account);
        co_return stored;
    }
    co_await read_body(call, 1024 * 1024);
    const FormFields form = require_form(call, {"upload_phase", "file_size", "upload_session_id", "title",
                                                "description", "published", "content_category"});
    const std::string phase = field(form, "upload_phase");
    if (phase == "start") {
        const std::uint64_t size = number_of(field(form, "file_size"), "file_size");
        if (size == 0 || size > largest)
            throw Refusal{400, "1363022", "The video is too small, or too large."};
        const Upload upload = open(account, false, size);
        json::object answer = range_after(upload);
        answer["video_id"] = upload.id;
        answer["upload_session_id"] = facts_of(upload).at("session");
        co_return json_response(200, answer);
    }
    if (phase != "finish")
        throw bad_parameter("Param upload_phase must be start, transfer or finish here");
    const auto found = find_session(field(form, "upload_session_id"));
    const Upload upload = require_upload(call, found ? found->id : "", account);
    if (upload.received != upload.total)
        throw Refusal{400, "1363021", "The video is not there whole."};
    if (field(form, "published") != "true")
        throw bad_parameter("The sandbox publishes at once");
    constexpr std::array<std::string_view, 19> categories{
        "",        "BEAUTY_FASHION", "BUSINESS",   "CARS_TRUCKS",  "COMEDY", "CUTE_ANIMALS", "ENTERTAINMENT",
        "FAMILY",  "FOOD_HEALTH",    "HOME",       "LIFESTYLE",    "MUSIC",  "NEWS",         "POLITICS",
        "SCIENCE", "SPORTS",         "TECHNOLOGY", "VIDEO_GAMING", "OTHER"};
    if (std::ranges::find(categories, field(form, "content_category")) == categories.end())
        throw bad_parameter("Param content_category must be one of its values");
    std::string sha256;
    if (upload.post.empty())
        sha256 = co_await world_.uploads.digest(upload);
    Upload now = world_.uploads.find("facebook", upload.id).value(); // somebody may have been quicker
    json::object facts = facts_of(now);
    if (now.post.empty())
        facts["sha256"] = sha256;
    now.metadata = json::serialize(facts);
    finish(call, std::move(now), field(form, "title"), field(form, "description"));
    co_return success();
}

Task<Response> FacebookVideos::transfer(Call& call, const Account& account)
{
    std::vector<std::string> texts{"upload_phase", "upload_session_id", "start_offset"};
    std::vector<std::string> files{"video_file_chunk"};
    const auto parts = co_await read_posted_form(call, std::move(texts), std::move(files), part_size);
    const auto value = [&parts](std::string_view name) {
        const PostedPart* part = find_part(parts, name);
        return part ? part->bytes : std::string();
    };
    if (value("upload_phase") != "transfer")
        throw bad_parameter("Param upload_phase must be transfer here");
    const auto found = find_session(value("upload_session_id"));
    Upload upload = require_upload(call, found ? found->id : "", account);
    const json::object wanted = range_after(upload);
    const std::string bytes = value("video_file_chunk");
    const std::uint64_t end = number_of(text_of(wanted, "end_offset"), "end_offset");
    if (value("start_offset") != text_of(wanted, "start_offset") || upload.received == upload.total)
        throw Refusal{400, "1363037", "The start offset is not where the upload stands.", json::serialize(wanted)};
    if (bytes.size() != end - upload.received)
        throw Refusal{400, "1363019", "These are not the bytes that were asked for."};
    world_.uploads.write(upload, upload.received, bytes);
    co_return json_response(200, range_after(upload));
}

Response FacebookVideos::reels(Call& call)
{
    const Account account = require_page(call);
    allow_query(call, {"access_token"});
    const FormFields form = require_form(call, {"upload_phase", "video_id", "video_state", "title", "description"});
    const std::string phase = field(form, "upload_phase");
    if (phase == "start") {
        const Upload upload = open(account, true, 0);
        return json_response(
            200, json::object{{"video_id", upload.id},
                              {"upload_url", "https://" + std::string(rupload_host) + "/video-upload/" +
                                                 std::string(call.parameter("version")) + "/" + upload.id}});
    }
    if (phase != "finish" || field(form, "video_state") != "PUBLISHED")
        throw bad_parameter("The sandbox starts reels and publishes them");
    const Upload upload = require_upload(call, field(form, "video_id"), account);
    if (!is_reel(upload) || upload.total == 0 || upload.received != upload.total)
        throw Refusal{400, "6000", "There was a problem uploading your video file. Please try again."};
    const auto today = world_.clock.now() - 24h;
    const auto posts = world_.ledger.list("facebook", account.name);
    const auto recent =
        std::ranges::count_if(posts, [&](const Post& post) { return post.kind == "reel" && post.accepted > today; });
    if (call.scripted("quota_exceeded") || (is_set(account, "limits", false) && recent >= most_reels))
        throw Refusal{400, "613", "Calls to this api have exceeded the rate limit."};
    finish(call, upload, field(form, "title"), field(form, "description"));
    return success();
}

Task<Response> FacebookVideos::put(Call& call)
{
    const Token token = require_upload_token(call, {"pages_manage_posts"});
    const RuploadPart part = require_part(call);
    Upload upload = require_upload(call, std::string(call.parameter("id")),
                                   world_.accounts.find("facebook", token.account).value());
    if (upload.total == 0)
        world_.uploads.announce(upload, part.size);
    if (part.size != upload.total || part.offset != upload.received)
        throw Refusal{400, "OffsetInvalidError",
                      "The offset must be " + std::to_string(upload.received) + " of " + std::to_string(upload.total)};
    Keeping keeping;
    if (const auto fault = call.scripted("keep"))
        keeping.at_most = static_cast<std::uint64_t>(fault->number);
    co_await world_.uploads.receive(upload, *call.stream, keeping);
    if (upload.received != upload.total)
        throw Refusal{500, "PartialRequestError", "Partial request (did not match length of file)"};
    json::object facts = facts_of(upload);
    facts["sha256"] = co_await world_.uploads.digest(upload);
    world_.uploads.describe(upload, json::serialize(facts));
    co_return success();
}

void FacebookVideos::finish(Call& call, Upload upload, const std::string& title, const std::string& description)
{
    check_length(title, longest_title, "title");
    check_length(description, longest_description, "description");
    const bool again = !upload.post.empty(), reel = is_reel(upload);
    Post post{"facebook", upload.account, again ? fresh_facebook_id(world_) : upload.id, reel ? "reel" : "video"};
    post.title = title;
    post.text = description;
    post.privacy = "public";
    post.sha256 = text_of(facts_of(upload), "sha256");
    post.size = upload.total;
    post.source = upload.id;
    const std::string page = world_.accounts.find("facebook", upload.account).value().id;
    post.url = "https://www.facebook.com/" + (reel ? "reel/" + post.id : page + "/videos/" + post.id) + "/";
    Transaction transaction(world_.database);
    post = accept(call, std::move(post));
    if (!again) {
        world_.uploads.describe(upload, upload.metadata);
        world_.uploads.finish(upload, post.id);
    }
    transaction.commit();
    if (!again)
        world_.uploads.forget_bytes(upload, post.sha256);
}

json::object FacebookVideos::status_of(const Upload& upload) const
{
    const auto post = upload.post.empty() ? std::nullopt : world_.ledger.find("facebook", upload.post);
    const bool whole = upload.total > 0 && upload.received == upload.total;
    const bool processed = post && post->ready <= world_.clock.now();
    const bool failed = processed && !post->failure.empty();
    json::object processing{{"status", failed      ? "error"
                                       : processed ? "complete"
                                       : post      ? "in_progress"
                                                   : "not_started"}};
    if (failed)
        processing["errors"] = {json::object{{"code", 1363008}, {"message", post->failure}}};
    // Only when the processing has ended can it be seen that somebody asked for it to be published.
    json::object publishing{{"status", processed && !failed ? "complete" : "not_started"}};
    if (processed && !failed)
        publishing["publish_status"] = "published";
    return {
        {"video_status", failed      ? "error"
                         : processed ? "ready"
                         : post      ? "processing"
                         : whole     ? "upload_complete"
                                     : "uploading"},
        {"uploading_phase", {{"status", whole ? "complete" : "in_progress"}, {"bytes_transferred", upload.received}}},
        {"processing_phase", std::move(processing)},
        {"publishing_phase", std::move(publishing)}};
}

Response FacebookVideos::show(Call& call) const
{
    const Token token = require_graph_token(call, TokenOf::page, {"pages_read_engagement"});
    allow_query(call, {"access_token", "fields"});
    const Account account = world_.accounts.find("facebook", token.account).value();
    const std::string id(call.parameter("id"));
    if (id == account.id || id == "me") {
        const auto linked = world_.accounts.find("instagram", account.name);
        json::object node{{"id", account.id}, {"name", account.name + " (sandbox)"}};
        node["instagram_business_account{id,username}"] = nullptr;
        std::string fields = call.request.query_value("fields").value_or("id");
        if (fields == "instagram_business_account{id,username}") {
            json::object answer{{"id", account.id}};
            if (linked)
                answer["instagram_business_account"] = {{"id", linked->id}, {"username", linked->name}};
            return json_response(200, answer);
        }
        return json_response(200, picked(call, node));
    }
    const auto upload = world_.uploads.find("facebook", id);
    if (!upload || upload->account != account.name)
        throw no_such_node(id);
    const auto post = upload->post.empty() ? std::nullopt : world_.ledger.find("facebook", upload->post);
    if (post && (post->deleted || post->listed > world_.clock.now()))
        throw no_such_node(id);
    const bool shown = post && post->ready <= world_.clock.now() && post->failure.empty();
    json::object node{{"id", id}, {"status", status_of(*upload)}, {"published", bool(shown)}};
    // Without the site, and not at once.
    node["permalink_url"] = shown ? json::value(post->url.substr(std::string_view("https://www.facebook.com").size()))
                                  : json::value(nullptr);
    node["post_id"] = shown ? json::value(account.id + "_" + id) : json::value(nullptr);
    return json_response(200, picked(call, node));
}

Response FacebookVideos::remove(Call& call)
{
    const Token token = require_graph_token(call, TokenOf::page, {"pages_manage_posts"});
    allow_query(call, {"access_token"});
    const auto post = world_.ledger.find("facebook", call.parameter("id"));
    if (!post || post->account != token.account || post->deleted)
        throw no_such_node(call.parameter("id"));
    world_.ledger.mark_deleted(*post, world_.clock.now());
    return success();
}

Response FacebookVideos::list(Call& call) const
{
    const Token token = require_graph_token(call, TokenOf::page, {"pages_read_engagement"});
    allow_query(call, {"access_token", "fields", "limit"});
    const Account account = world_.accounts.find("facebook", token.account).value();
    if (call.parameter("id") != account.id)
        throw no_such_node(call.parameter("id"));
    const std::uint64_t most = number_of(call.request.query_value("limit").value_or("25"), "limit");
    std::vector<Post> posts = world_.ledger.list("facebook", account.name);
    std::reverse(posts.begin(), posts.end());
    json::array data;
    for (const Post& post : posts)
        if (!post.deleted && post.listed <= world_.clock.now() && data.size() < most)
            data.push_back(picked(call, {{"id", post.id}, {"title", post.title}, {"description", post.text}}));
    return json_response(200, json::object{{"data", std::move(data)}});
}

Response FacebookVideos::update(Call& call)
{
    const Token token = require_graph_token(call, TokenOf::page, {"pages_manage_posts"});
    allow_query(call, {"access_token"});
    const FormFields form = require_form(call, {"name", "description"});
    auto post = world_.ledger.find("facebook", call.parameter("id"));
    if (!post || post->account != token.account || post->deleted)
        throw no_such_node(call.parameter("id"));
    if (form.empty())
        throw bad_parameter("Nothing to update");
    for (const auto& [name, value] : form) {
        check_length(value, name == "name" ? longest_title : longest_description, name);
        (name == "name" ? post->title : post->text) = value;
    }
    world_.ledger.edit(*post);
    return success();
}

Task<Response> FacebookVideos::set_thumbnail(Call& call)
{
    const Token token = require_graph_token(call, TokenOf::page, {"pages_manage_posts"});
    allow_query(call, {"access_token"});
    std::vector<std::string> texts{"is_preferred"}, files{"source"};
    const auto parts = co_await read_posted_form(call, std::move(texts), std::move(files));
    const PostedPart* picture = find_part(parts, "source");
    auto post = world_.ledger.find("facebook", call.parameter("id"));
    if (!post || post->account != token.account || post->deleted)
        throw no_such_node(call.parameter("id"));
    if (!picture || picture->content_type != "image/jpeg" || picture->size == 0 || picture->size > largest_thumbnail)
        throw bad_parameter("Param source must be a picture");
    post->details = json::serialize(json::object{{"thumbnail_sha256", picture->sha256}});
    world_.ledger.edit(*post);
    co_return success();
}

Response FacebookVideos::page(Call& call) const
{
    const auto post = world_.ledger.find("facebook", call.parameter("id"));
    if (!post || post->deleted || post->ready > world_.clock.now() || !post->failure.empty())
        return Response(404, "text/plain; charset=utf-8", "Sandbox: this content isn't available right now.\n");
    return Response(200, "text/plain; charset=utf-8",
                    "Sandbox, not Facebook.\n\n" + post->title + "\n\n" + post->text + "\n");
}

} // namespace vitrina::sandbox
