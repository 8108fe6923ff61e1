#include "sandbox/linkedin_video.hpp"

#include "core/digest.hpp"
#include "sandbox/checks.hpp"
#include "sandbox/linkedin.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <charconv>

namespace vitrina::sandbox {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

constexpr std::uint64_t part_size = 4'194'304, smallest = 75'000, largest = 500'000'000;
constexpr auto upload_life = 24h;
constexpr std::string_view kind = "urn:li:video:";
constexpr std::string_view columns = "SELECT id, owner, sha256, failure, size, ready FROM linkedin_videos ";

Refusal invalid(std::string words)
{
    return {400, "ILLEGAL_ARGUMENT", std::move(words)};
}

// As S3 gives them: of the bytes, in quotes.
std::string etag_of(std::string_view sha256)
{
    return "\"" + std::string(sha256.substr(0, 32)) + "\"";
}

std::string without_quotes(std::string etag)
{
    std::erase(etag, '"');
    return etag;
}

} // namespace

LinkedinVideos::LinkedinVideos(World& world) : world_(world)
{
    world_.database.run("CREATE TABLE IF NOT EXISTS linkedin_videos (id TEXT PRIMARY KEY, owner TEXT, sha256 TEXT,"
                        " failure TEXT, size INTEGER, ready INTEGER)");
    world_.database.run("CREATE TABLE IF NOT EXISTS linkedin_parts (video TEXT, part INTEGER, etag TEXT,"
                        " PRIMARY KEY (video, part))");
}

std::optional<LinkedinVideo> LinkedinVideos::find(std::string_view urn) const
{
    if (!urn.starts_with(kind))
        return std::nullopt;
    const auto rows = world_.database.rows(std::string(columns) + "WHERE id = ?", urn.substr(kind.size()));
    if (rows.empty())
        return std::nullopt;
    const Sqlite::Row& row = rows.front();
    return LinkedinVideo{
        row[0], row[1], row[2], row[3], static_cast<std::uint64_t>(to_number(row[4])), to_instant(row[5])};
}

Response LinkedinVideos::open(Call& call, const Account& account)
{
    const json::object body = require_json(call);
    check_members(body, "", {{"initializeUploadRequest", Kind::object, true}});
    const json::object& wanted = body.at("initializeUploadRequest").get_object();
    check_members(wanted, "initializeUploadRequest",
                  {{"owner", Kind::text, true},
                   {"fileSizeBytes", Kind::number, true},
                   {"uploadCaptions", Kind::boolean},
                   {"uploadThumbnail", Kind::boolean}});
    const std::string owner = text_of(wanted, "owner");
    if (owner != linkedin_person(account) && owner != linkedin_organisation(account))
        throw Refusal{403, "ACCESS_DENIED", "The owner is not the member, nor an organisation of theirs."};
    const json::value& size = wanted.at("fileSizeBytes");
    if (!size.is_int64() || size.as_int64() < std::int64_t(smallest) || size.as_int64() > std::int64_t(largest))
        throw invalid("fileSizeBytes must be from 75 KB to 500 MB.");
    LinkedinVideo video{"C4D" + world_.names.token(16), owner, "", "", std::uint64_t(size.as_int64()), {}};
    Upload upload{video.id, "linkedin", account.name};
    upload.total = video.size;
    upload.opened = world_.clock.now();
    Transaction transaction(world_.database);
    world_.database.run("INSERT INTO linkedin_videos VALUES (?, ?, '', '', ?, 0)", video.id, video.owner, video.size);
    world_.uploads.open(upload);
    transaction.commit();
    json::array parts;
    for (std::uint64_t first = 0; first < video.size; first += part_size)
        parts.push_back(
            json::object{{"uploadUrl", "https://dms-uploads.www.linkedin.com/v/" + video.id + "/" +
                                           std::to_string(first / part_size) + "?t=" + world_.names.token(40)},
                         {"firstByte", first},
                         {"lastByte", first + part_size - 1}}); // the last one reaches beyond the file
    const Instant ends = std::chrono::floor<std::chrono::seconds>(upload.opened + upload_life);
    return json_response(
        200, json::object{{"value",
                           {{"video", std::string(kind) + video.id},
                            {"uploadToken", ""},
                            {"uploadUrlsExpireAt",
                             std::chrono::duration_cast<std::chrono::milliseconds>(ends.time_since_epoch()).count()},
                            {"uploadInstructions", std::move(parts)}}}});
}

Task<Response> LinkedinVideos::put(Call& call)
{
    if (call.request.headers.find("Authorization"))
        throw Refusal{400, "upload", "The address is all that is needed; the access token is not for here."};
    if (call.request.headers.get("Content-Type") != "application/octet-stream")
        throw Refusal{400, "upload", "The Content-Type must be application/octet-stream."};
    auto upload = world_.uploads.find("linkedin", call.parameter("id"));
    const std::string text(call.parameter("part"));
    std::uint64_t part = 0;
    std::from_chars(text.data(), text.data() + text.size(), part);
    if (!upload || text != std::to_string(part) || part * part_size >= upload->total)
        throw Refusal{404, "upload", "Unknown."};
    if (call.scripted("session_lost"))
        world_.uploads.backdate(*upload, Instant{});
    if (upload->opened + upload_life <= world_.clock.now())
        throw Refusal{403, "upload", "The address has expired."};
    const std::uint64_t first = part * part_size, length = std::min(part_size, upload->total - first);
    if (call.stream->announced_size().value_or(0) != length)
        throw Refusal{400, "upload", "These are not the bytes of this part."};
    std::string bytes;
    while (bytes.size() < length) {
        const auto piece = co_await call.stream->read();
        if (piece.empty())
            break;
        bytes.append(reinterpret_cast<const char*>(piece.data()), piece.size());
    }
    const std::string etag = etag_of(sha256_hex(bytes));
    world_.uploads.write(*upload, first, bytes);
    world_.database.run("INSERT OR REPLACE INTO linkedin_parts VALUES (?, ?, ?)", upload->id, part, etag);
    Response response(200);
    response.headers.add("ETag", etag);
    co_return response;
}

Task<Response> LinkedinVideos::close(Call& call, Account account)
{
    const json::object body = require_json(call);
    check_members(body, "", {{"finalizeUploadRequest", Kind::object, true}});
    const json::object& wanted = body.at("finalizeUploadRequest").get_object();
    check_members(
        wanted, "finalizeUploadRequest",
        {{"video", Kind::text, true}, {"uploadToken", Kind::text, true}, {"uploadedPartIds", Kind::texts, true}});
    auto video = find(text_of(wanted, "video"));
    const auto upload = video ? world_.uploads.find("linkedin", video->id) : std::nullopt;
    if (!upload || upload->account != account.name)
        throw Refusal{404, "NOT_FOUND", "The video is unknown."};
    const std::vector<std::string> given = texts_of(wanted, "uploadedPartIds");
    std::vector<std::string> kept;
    for (const auto& row :
         world_.database.rows("SELECT etag FROM linkedin_parts WHERE video = ? ORDER BY part", video->id))
        kept.push_back(without_quotes(row[0]));
    const std::uint64_t parts = (video->size + part_size - 1) / part_size;
    if (given != kept || kept.size() != parts)
        throw invalid("The uploaded part ids are not those of all parts, in their order.");
    if (video->ready != Instant{})
        co_return Response(200);
    video->sha256 = co_await world_.uploads.digest(*upload);
    const Processing plan = plan_processing(call);
    world_.database.run("UPDATE linkedin_videos SET sha256 = ?, failure = ?, ready = ? WHERE id = ?", video->sha256,
                        plan.failure, plan.ready, video->id);
    co_return Response(200);
}

Response LinkedinVideos::show(Call& call, const Account& account) const
{
    const auto video = find(call.parameter("urn"));
    if (!video || (video->owner != linkedin_person(account) && video->owner != linkedin_organisation(account)))
        throw Refusal{404, "NOT_FOUND", "The video is unknown."};
    const Instant now = world_.clock.now();
    const bool closed = video->ready != Instant{};
    const char* status = !closed                  ? "WAITING_UPLOAD"
                         : now < video->ready     ? "PROCESSING"
                         : video->failure.empty() ? "AVAILABLE"
                                                  : "PROCESSING_FAILED";
    json::object answer{{"id", std::string(kind) + video->id}, {"owner", video->owner}, {"status", status}};
    if (closed && now >= video->ready && !video->failure.empty())
        answer["processingFailureReason"] = video->failure;
    return json_response(200, answer);
}

void LinkedinVideos::attach(const LinkedinVideo& video, const std::string& post)
{
    Upload upload = world_.uploads.find("linkedin", video.id).value();
    world_.uploads.finish(upload, post);
}

} // namespace vitrina::sandbox
