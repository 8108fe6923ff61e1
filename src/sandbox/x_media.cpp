#include "sandbox/x_media.hpp"

#include "sandbox/checks.hpp"
#include "sandbox/posted_form.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>

namespace vitrina::sandbox {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

constexpr auto life = 24h;
constexpr std::string_view columns =
    "SELECT id, account, category, sha256, failure, post, size, ready, forgotten, closed FROM x_media ";

XMedium read_medium(const Sqlite::Row& row)
{
    return {row[0],
            row[1],
            row[2],
            row[3],
            row[4],
            row[5],
            static_cast<std::uint64_t>(to_number(row[6])),
            to_instant(row[7]),
            to_instant(row[8]),
            row[9] == "1"};
}

Refusal invalid(std::string words)
{
    return {400, "invalid-request", std::move(words)};
}

std::uint64_t segment_of(const std::vector<PostedPart>& parts)
{
    const PostedPart* part = find_part(parts, "segment_index");
    std::uint64_t index = x_limits::pieces;
    if (part)
        std::from_chars(part->bytes.data(), part->bytes.data() + part->bytes.size(), index);
    if (!part || std::to_string(index) != part->bytes || index >= x_limits::pieces)
        throw invalid("segment_index must be a number from 0 to 999.");
    return index;
}

// As strict as a publisher can be asked to be: pieces come in their order and are of one size but for the last; one
// that is here already may be sent again.
void check_piece(const Upload& upload, std::uint64_t index, std::uint64_t size)
{
    const std::uint64_t chunk = upload.chunk == 0 ? size : upload.chunk;
    const std::uint64_t offset = index * chunk;
    const bool last = offset + size == upload.total;
    if (offset > upload.received || (!last && size != chunk) || offset + size > upload.total)
        throw invalid("The segment does not follow the ones before it, or does not fit total_bytes.");
}

} // namespace

XMedia::XMedia(World& world) : world_(world)
{
    world_.database.run("CREATE TABLE IF NOT EXISTS x_media (id TEXT PRIMARY KEY, account TEXT, category TEXT,"
                        " sha256 TEXT, failure TEXT, post TEXT, size INTEGER, ready INTEGER, forgotten INTEGER,"
                        " closed INTEGER)");
}

std::optional<XMedium> XMedia::find(std::string_view id) const
{
    const auto rows = world_.database.rows(std::string(columns) + "WHERE id = ?", id);
    return rows.empty() ? std::nullopt : std::optional(read_medium(rows.front()));
}

json::object XMedia::json(const XMedium& medium) const
{
    const Instant now = world_.clock.now();
    json::object data{{"id", medium.id},
                      {"media_key", "7_" + medium.id},
                      {"size", medium.size},
                      {"expires_after_secs", std::chrono::floor<std::chrono::seconds>(medium.forgotten - now).count()}};
    json::object processing;
    if (now < medium.ready && !medium.failure.empty()) // as X has been seen to say it
        processing = {{"state", "in_progress"},
                      {"check_after_secs", 1},
                      {"error", {{"code", 1}, {"name", "InvalidMedia"}, {"message", medium.failure}}}};
    else if (now < medium.ready)
        processing = {{"state", "in_progress"}, {"check_after_secs", 1}, {"progress_percent", 50}};
    else if (!medium.failure.empty())
        processing = {{"state", "failed"},
                      {"error", {{"code", 1}, {"name", "InvalidMedia"}, {"message", medium.failure}}}};
    else
        processing = {{"state", "succeeded"}, {"progress_percent", 100}};
    data["processing_info"] = std::move(processing);
    return {{"data", std::move(data)}};
}

Response XMedia::initialize(Call& call, const Account& account)
{
    allow_query(call, {});
    const json::object body = require_json(call);
    check_members(
        body, "",
        {{"media_type", Kind::text, true}, {"total_bytes", Kind::number, true}, {"media_category", Kind::text, true}});
    constexpr std::array types{"video/mp4", "video/quicktime", "video/webm", "video/mp2t"};
    if (std::ranges::find(types, text_of(body, "media_type")) == types.end())
        throw invalid("media_type is none that X takes.");
    const std::string category = text_of(body, "media_category");
    if (category != "tweet_video" && category != "amplify_video")
        throw invalid("media_category must be tweet_video or amplify_video.");
    const json::value& total = body.at("total_bytes");
    if (!total.is_int64() || total.as_int64() <= 0 || std::uint64_t(total.as_int64()) > x_limits::video_bytes)
        throw invalid("total_bytes must be from 1 to 536870912.");
    if (is_set(account, "limits", false))
        uploads_.count(account.name, world_.clock.now());

    XMedium medium{world_.names.number(19), account.name, category};
    medium.size = std::uint64_t(total.as_int64());
    medium.forgotten = world_.clock.now() + life;
    Upload upload{medium.id, "x", account.name};
    upload.total = medium.size;
    upload.opened = world_.clock.now();
    Transaction transaction(world_.database);
    world_.database.run("INSERT INTO x_media VALUES (?, ?, ?, '', '', '', ?, 0, ?, 0)", medium.id, medium.account,
                        medium.category, medium.size, medium.forgotten);
    world_.uploads.open(upload);
    transaction.commit();
    return json_response(
        200, json::object{{"data",
                           {{"id", medium.id},
                            {"media_key", "7_" + medium.id},
                            {"expires_after_secs", std::chrono::duration_cast<std::chrono::seconds>(life).count()}}}});
}

XMedium XMedia::require_open(const Call& call, const Account& account) const
{
    auto medium = find(call.parameter("id"));
    const bool lost = call.scripted("session_lost").has_value();
    if (medium && lost)
        world_.database.run("UPDATE x_media SET forgotten = 0 WHERE id = ?", medium->id);
    if (!medium || lost || medium->account != account.name || medium->forgotten <= world_.clock.now())
        throw invalid("The media id is invalid or has expired.");
    return *medium;
}

Task<Response> XMedia::append(Call& call, Account account)
{
    allow_query(call, {});
    const XMedium medium = require_open(call, account);
    if (is_set(account, "limits", false))
        uploads_.count(account.name, world_.clock.now());
    if (medium.closed)
        throw invalid("The upload is closed.");
    if (call.stream->announced_size().value_or(0) > x_limits::piece_bytes)
        throw Refusal{413, "edge", ""};
    std::vector<std::string> texts{"segment_index"};
    std::vector<std::string> files{"media"};
    const auto parts = co_await read_posted_form(call, std::move(texts), std::move(files), x_limits::piece_bytes);
    const PostedPart* bytes = find_part(parts, "media");
    if (!bytes || bytes->bytes.empty())
        throw invalid("media is missing.");
    const std::uint64_t index = segment_of(parts);
    Upload upload = world_.uploads.find("x", medium.id).value();
    check_piece(upload, index, bytes->size);
    if (upload.chunk == 0)
        world_.uploads.remember_chunk(upload, bytes->size);
    world_.uploads.write(upload, index * upload.chunk, bytes->bytes);
    const Instant ends = std::chrono::floor<std::chrono::seconds>(medium.forgotten);
    co_return json_response(
        200, json::object{{"data",
                           {{"expires_at",
                             std::chrono::duration_cast<std::chrono::seconds>(ends.time_since_epoch()).count()}}}});
}

Task<Response> XMedia::finalize(Call& call, Account account)
{
    allow_query(call, {});
    XMedium medium = require_open(call, account);
    if (is_set(account, "limits", false))
        uploads_.count(account.name, world_.clock.now());
    if (medium.closed)
        co_return json_response(200, json(medium));
    const Upload upload = world_.uploads.find("x", medium.id).value();
    if (upload.received != upload.total)
        throw invalid("Segments do not add up to provided total file size.");
    medium.sha256 = co_await world_.uploads.digest(upload);
    const Processing plan = plan_processing(call);
    medium.ready = plan.ready;
    medium.failure = plan.failure;
    medium.closed = true;
    world_.database.run("UPDATE x_media SET sha256 = ?, failure = ?, ready = ?, closed = 1 WHERE id = ?", medium.sha256,
                        medium.failure, medium.ready, medium.id);
    co_return json_response(200, json(medium));
}

Response XMedia::status(Call& call, const Account& account)
{
    allow_query(call, {"command", "media_id"});
    if (require_query(call, "command") != "STATUS")
        throw invalid("command must be STATUS.");
    if (is_set(account, "limits", false))
        looks_.count(account.name, world_.clock.now());
    const auto medium = find(require_query(call, "media_id"));
    if (!medium || medium->account != account.name || !medium->closed || medium->forgotten <= world_.clock.now())
        throw invalid("The media id is invalid, has expired or is not finalized.");
    return json_response(200, json(*medium));
}

XMedium XMedia::require_ready(const Account& account, const std::string& id) const
{
    auto medium = find(id);
    const bool usable = medium && medium->account == account.name && medium->closed && medium->failure.empty() &&
                        medium->ready <= world_.clock.now() && medium->forgotten > world_.clock.now() &&
                        medium->post.empty();
    if (!usable)
        throw invalid("Your media IDs are invalid.");
    return *std::move(medium);
}

void XMedia::attach(const XMedium& medium, const std::string& post)
{
    world_.database.run("UPDATE x_media SET post = ? WHERE id = ?", post, medium.id);
    Upload upload = world_.uploads.find("x", medium.id).value();
    world_.uploads.finish(upload, post);
}

} // namespace vitrina::sandbox
