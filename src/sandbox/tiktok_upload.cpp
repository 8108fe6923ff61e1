#include "sandbox/tiktok_upload.hpp"

#include "sandbox/checks.hpp"
#include "sandbox/tiktok.hpp"

#include <boost/json.hpp>

#include <algorithm>

namespace vitrina::sandbox {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

constexpr auto address_life = 1h;
constexpr std::uint64_t smallest_chunk = 5'000'000, largest_chunk = 64'000'000, largest_last = 128'000'000;
constexpr std::uint64_t largest_video = 4'000'000'000, most_chunks = 1000;
constexpr std::size_t longest_caption = 2200;

Refusal invalid(std::string words)
{
    return {400, "invalid_params", std::move(words)};
}

// UTF-16 units; nothing when the text is not UTF-8.
std::optional<std::size_t> count_utf16(std::string_view text)
{
    const auto characters = count_characters(text);
    const auto pairs =
        std::count_if(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= 0xf0; });
    return characters ? std::optional(*characters + static_cast<std::size_t>(pairs)) : std::nullopt;
}

bool flag(const json::object& object, std::string_view name)
{
    const json::value* value = object.if_contains(name);
    return value && value->is_bool() && value->as_bool();
}

std::uint64_t number(const json::object& object, std::string_view name)
{
    const json::value& value = object.at(name);
    if (!value.is_int64() || value.as_int64() <= 0)
        throw invalid(std::string(name) + " must be more than nothing.");
    return static_cast<std::uint64_t>(value.as_int64());
}

void check_source(const json::object& source)
{
    check_members(source, "source_info",
                  {{"source", Kind::text, true},
                   {"video_url", Kind::text},
                   {"video_size", Kind::number},
                   {"chunk_size", Kind::number},
                   {"total_chunk_count", Kind::number}});
    if (text_of(source, "source") == "PULL_FROM_URL")
        throw Refusal{403, "url_ownership_unverified", "The ownership of the URL is not verified."};
    if (text_of(source, "source") != "FILE_UPLOAD" || source.contains("video_url"))
        throw invalid("source must be FILE_UPLOAD, without a video_url.");
    for (const char* name : {"video_size", "chunk_size", "total_chunk_count"})
        if (!source.contains(name))
            throw invalid(std::string("source_info.") + name + " is missing.");
    const std::uint64_t size = number(source, "video_size"), chunk = number(source, "chunk_size"),
                        count = number(source, "total_chunk_count");
    if (size > largest_video)
        throw invalid("The video is larger than 4 GB.");
    const bool whole = chunk == size && size <= largest_chunk;
    if (!whole && (chunk < smallest_chunk || chunk > largest_chunk || chunk > size))
        throw invalid("chunk_size must be 5 to 64 MB, or the size of a small video.");
    if (count != size / chunk || count > most_chunks)
        throw Refusal{400, "invalid_params", "The total chunk count is invalid"};
}

void check_post_info(const json::object& info, const Account& account)
{
    check_members(info, "post_info",
                  {{"title", Kind::text},
                   {"privacy_level", Kind::text, true},
                   {"disable_comment", Kind::boolean},
                   {"disable_duet", Kind::boolean},
                   {"disable_stitch", Kind::boolean},
                   {"video_cover_timestamp_ms", Kind::number},
                   {"brand_content_toggle", Kind::boolean},
                   {"brand_organic_toggle", Kind::boolean},
                   {"is_aigc", Kind::boolean}});
    const auto length = count_utf16(text_of(info, "title"));
    if (!length || *length > longest_caption)
        throw invalid("The title has more than 2200 UTF-16 runes, or is no text.");
    const std::string level = text_of(info, "privacy_level");
    const auto levels = tiktok_privacy_levels(account);
    if (std::find(levels.begin(), levels.end(), level) == levels.end())
        throw Refusal{400, "privacy_level_option_mismatch",
                      "privacy_level is not one of creator_info's privacy_level_options."};
    if (!is_audited_for_tiktok(account) && level != "SELF_ONLY")
        throw Refusal{403, "unaudited_client_can_only_post_to_private_accounts",
                      "Unaudited clients can only post to private accounts."};
    for (const char* what : {"comment", "duet", "stitch"})
        if (!is_set(account, what, true) && !flag(info, std::string("disable_") + what))
            throw invalid(std::string("disable_") + what + " must be true for this creator.");
    if (flag(info, "brand_content_toggle") && level == "SELF_ONLY")
        throw invalid("Branded content cannot be SELF_ONLY.");
    if (const json::value* cover = info.if_contains("video_cover_timestamp_ms");
        cover && (!cover->is_int64() || cover->as_int64() < 0))
        throw invalid("video_cover_timestamp_ms must not be negative.");
}

json::object require_object(const json::object& body, std::string_view name)
{
    return body.at(name).as_object();
}

// A piece begins where the bytes end, and ends where a chunk does. Where a part of a chunk was kept, what is missing of
// it may come together with the next one.
void check_piece(const Upload& upload, const ContentRange& range)
{
    if (range.first != upload.received)
        throw Refusal{416, "invalid_range", "The range does not begin where the bytes end."};
    const json::object source = json::parse(upload.metadata).at("source_info").as_object();
    const std::uint64_t chunk = number(source, "chunk_size"), count = number(source, "total_chunk_count");
    const std::uint64_t end = range.last + 1, size = end - range.first;
    const bool last = end == upload.total, on_time = range.first % chunk == 0;
    if (last ? size > largest_last || (on_time && range.first / chunk != count - 1)
             : end % chunk != 0 || end / chunk >= count || size < smallest_chunk || size > largest_chunk ||
                   (on_time && size != chunk))
        throw Refusal{400, "invalid_range", "The range is not one of the chunks."};
}

Response progress(int status, const Upload& upload)
{
    Response response(status);
    if (upload.received > 0)
        response.headers.add("Content-Range",
                             "bytes 0-" + std::to_string(upload.received - 1) + "/" + std::to_string(upload.total));
    return response;
}

} // namespace

TiktokUpload::TiktokUpload(World& world, TiktokLimits& limits) : world_(world), limits_(limits)
{
    world_.database.run("CREATE TABLE IF NOT EXISTS tiktok_creators (account TEXT PRIMARY KEY)");
}

Response TiktokUpload::creator_info(Call& call)
{
    const Token token = require_bearer(call, tiktok_scopes::publishing);
    allow_query(call, {});
    require_content_type(call, "application/json");
    if (!call.body.empty())
        check_members(require_json(call), "", {});
    const Account account = account_of(token);
    limits_.count_creator_info(call, account);
    limits_.check_posts(call, account);
    world_.database.run("INSERT OR IGNORE INTO tiktok_creators VALUES (?)", account.name);
    const json::object options = json::parse(account.options).as_object();
    const json::value* longest = options.if_contains("longest");
    const auto levels = tiktok_privacy_levels(account);
    return tiktok_answer(200, {{"creator_username", account.name},
                               {"creator_nickname", account.name + " (sandbox)"},
                               {"creator_avatar_url", "https://www.tiktok.com/sandbox.png"},
                               {"privacy_level_options", json::array(levels.begin(), levels.end())},
                               {"comment_disabled", !is_set(account, "comment", true)},
                               {"duet_disabled", !is_set(account, "duet", true)},
                               {"stitch_disabled", !is_set(account, "stitch", true)},
                               {"max_video_post_duration_sec", longest ? longest->as_int64() : 600}});
}

// TikTok's rules want it asked before each post.
void TiktokUpload::require_creator_info(const Account& account)
{
    if (world_.database.run("DELETE FROM tiktok_creators WHERE account = ?", account.name) == 0)
        throw invalid("creator_info has to be asked right before each post.");
}

Response TiktokUpload::init(Call& call)
{
    const Account account = account_of(require_bearer(call, tiktok_scopes::publishing));
    allow_query(call, {});
    json::object body = require_json(call);
    check_members(body, "", {{"post_info", Kind::object, true}, {"source_info", Kind::object, true}});
    check_post_info(require_object(body, "post_info"), account);
    check_source(require_object(body, "source_info"));
    limits_.count_init(call, account);
    limits_.check_posts(call, account);
    require_creator_info(account);
    return open(call, account, std::move(body), "v_pub_file~v2-1.");
}

Response TiktokUpload::init_inbox(Call& call)
{
    const Account account = account_of(require_bearer(call, tiktok_scopes::drafting));
    allow_query(call, {});
    json::object body = require_json(call);
    check_members(body, "", {{"source_info", Kind::object, true}});
    check_source(require_object(body, "source_info"));
    limits_.count_init(call, account);
    limits_.check_drafts(call, account);
    return open(call, account, std::move(body), "v_inbox_file~v2.");
}

Response TiktokUpload::open(const Call& call, const Account& account, json::object body, std::string_view prefix)
{
    Upload upload{std::string(prefix) + world_.names.number(19), "tiktok", account.name};
    const std::string query = "upload_id=" + upload.id + "&upload_token=" + world_.names.token(64);
    upload.total = number(require_object(body, "source_info"), "video_size");
    body["query"] = query;
    upload.metadata = json::serialize(body);
    upload.opened = call.world.clock.now();
    world_.uploads.open(upload);
    return tiktok_answer(
        200, {{"publish_id", upload.id}, {"upload_url", "https://open-upload.tiktokapis.com/video/?" + query}});
}

Upload TiktokUpload::require_upload(const Call& call) const
{
    auto upload = world_.uploads.find("tiktok", call.request.query_value("upload_id").value_or(""));
    if (!upload)
        throw Refusal{404, "unknown_task", "The upload task is not found."};
    const Refusal closed{403, "expired", "The upload_url has expired."};
    // The address is opaque: whoever takes it apart and builds it anew is found out here.
    if (text_of(json::parse(upload->metadata).as_object(), "query") != call.request.query)
        throw closed;
    if (call.scripted("session_lost"))
        world_.uploads.backdate(*upload, Instant{});
    if (upload->opened + address_life <= world_.clock.now())
        throw closed;
    return *upload;
}

Task<Response> TiktokUpload::put(Call& call)
{
    if (call.request.headers.find("Authorization"))
        throw Refusal{400, "invalid_header", "The upload_url is all that is needed; the access token is not for here."};
    Upload upload = require_upload(call);
    const std::string_view type = call.request.headers.get("Content-Type");
    if (type != "video/mp4" && type != "video/quicktime" && type != "video/webm")
        throw Refusal{400, "invalid_header", "The Content-Type must be video/mp4, video/quicktime or video/webm."};
    const std::uint64_t body = call.stream ? call.stream->announced_size().value_or(0) : 0;
    const auto range = parse_content_range(call.request.headers.get("Content-Range"));
    if (!range || range->probe || range->total != upload.total || range->last - range->first + 1 != body)
        throw Refusal{400, "invalid_header", "The Content-Range is missing, malformed or does not fit the body."};
    check_piece(upload, *range);
    Keeping keeping;
    if (const auto fault = call.scripted("keep"))
        keeping.at_most = static_cast<std::uint64_t>(fault->number);
    co_await world_.uploads.receive(upload, *call.stream, keeping);
    if (upload.received < upload.total)
        co_return progress(206, upload);
    co_await complete(call, upload);
    co_return progress(201, upload);
}

Task<> TiktokUpload::complete(Call& call, Upload& upload)
{
    const std::string sha256 = co_await world_.uploads.digest(upload);
    Transaction transaction(world_.database);
    const json::object body = json::parse(upload.metadata).as_object();
    const json::value* info = body.if_contains("post_info");
    Post post{"tiktok", upload.account, world_.names.number(19), info ? "video" : "draft"};
    if (info) {
        post.text = text_of(info->as_object(), "title");
        post.privacy = text_of(info->as_object(), "privacy_level");
        post.details = json::serialize(*info);
        post.url = "https://www.tiktok.com/@" + upload.account + "/video/" + post.id;
    }
    post.sha256 = sha256;
    post.size = upload.total;
    post.source = upload.id;
    call.event = "accepted"; // the script may say how this one is processed
    Processing plan = plan_processing(call);
    post.ready = plan.ready;
    post.failure = std::move(plan.failure);
    post.listed = post.ready + world_.processing; // looked through, and only then given its number
    post = accept(call, std::move(post));
    world_.uploads.finish(upload, post.id);
    transaction.commit();
    world_.uploads.forget_bytes(upload, sha256);
}

} // namespace vitrina::sandbox
