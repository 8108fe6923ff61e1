#include "sandbox/youtube_upload.hpp"

#include "sandbox/checks.hpp"
#include "sandbox/youtube.hpp"
#include "sandbox/youtube_video.hpp"

#include <boost/json.hpp>

#include <charconv>

namespace vitrina::sandbox {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;
using youtube_scopes::uploading;

constexpr std::uint64_t chunk_unit = 256 * 1024;
constexpr std::uint64_t largest_video = 256'000'000'000;
constexpr auto session_life = 7 * 24h;

std::uint64_t require_announced_size(const Call& call)
{
    const std::string_view text = call.request.headers.get("X-Upload-Content-Length");
    std::uint64_t size = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), size);
    if (text.empty() || error != std::errc{} || stop != text.data() + text.size() || size == 0 || size > largest_video)
        throw Refusal{400, "badRequest", "X-Upload-Content-Length must be the size of the video in bytes.",
                      "X-Upload-Content-Length"};
    return size;
}

std::string require_announced_type(const Call& call)
{
    const std::string_view type = call.request.headers.get("X-Upload-Content-Type");
    if (!type.starts_with("video/") && type != "application/octet-stream")
        throw Refusal{400, "badContent",
                      "Media type '" + std::string(type) +
                          "' is not supported. Valid media types: [video/*, application/octet-stream]",
                      "X-Upload-Content-Type"};
    return std::string(type);
}

Response incomplete(const Upload& upload)
{
    Response response(308);
    if (upload.received > 0)
        response.headers.add("Range", "bytes=0-" + std::to_string(upload.received - 1));
    return response;
}

// What a PUT says it brings: a probe, a chunk, or without Content-Range the whole file.
ContentRange require_range(const Call& call, const Upload& upload, std::uint64_t body)
{
    const auto header = call.request.headers.find("Content-Range");
    const ContentRange whole{0, upload.total - 1, upload.total};
    const auto range = header ? parse_content_range(*header) : std::optional(whole);
    const Refusal invalid{400, "badRequest", "Failed to parse Content-Range header.", "Content-Range"};
    if (!range || range->total != upload.total)
        throw invalid;
    const std::uint64_t promised = range->probe ? 0 : range->last - range->first + 1;
    if (promised != body)
        throw Refusal{400, "badRequest",
                      "Invalid request. There were " + std::to_string(body) +
                          " byte(s) in the request body. There should have been " + std::to_string(promised) +
                          " byte(s) according to the Content-Range header.",
                      "Content-Range"};
    return *range;
}

void check_chunk(const Upload& upload, const ContentRange& range)
{
    if (range.first != upload.received)
        throw Refusal{400, "badRequest",
                      "Invalid request. According to the Content-Range header, the upload offset is " +
                          std::to_string(range.first) + " byte(s), but " + std::to_string(upload.received) +
                          " byte(s) were uploaded.",
                      "Content-Range"};
    const std::uint64_t size = range.last - range.first + 1;
    const bool last = range.last + 1 == upload.total;
    if (!last && size % chunk_unit != 0)
        throw Refusal{400, "badRequest",
                      "Invalid request. The number of bytes uploaded is required to be equal or greater than 262144, "
                      "except for the"
                      " final request (it's recommended to be the exact multiple of 262144).",
                      "Content-Range"};
    const bool equal = upload.chunk == 0 || (last ? size <= upload.chunk : size == upload.chunk);
    if (!equal)
        throw Refusal{400, "badRequest", "Invalid request. All chunks but the last must have the size of the first.",
                      "Content-Range"};
}

} // namespace

Response YoutubeUpload::open(Call& call)
{
    const Token token = require_bearer(call, uploading);
    allow_query(call, {"uploadType", "part", "notifySubscribers"});
    if (require_query(call, "uploadType") != "resumable")
        throw Refusal{400, "badRequest", "Only uploadType=resumable is taken here.", "uploadType"};
    const auto parts = require_parts(call, {"snippet", "status"});
    const std::uint64_t size = require_announced_size(call);
    const std::string type = require_announced_type(call);
    const json::object body = require_json(call);
    check_youtube_metadata(body, parts, world_.clock.now());
    if (!names_part(parts, "snippet"))
        throw Refusal{400, "invalidTitle", "A new video needs a title: name the part snippet.", "part"};
    if (!has_channel(world_.accounts.find("youtube", token.account).value()))
        throw Refusal{401, "youtubeSignupRequired", "The user has no YouTube channel."};
    quota_.spend_insert(call, token);

    Upload upload{"AB" + world_.names.token(46), "youtube", token.account};
    const std::string query = call.request.query + "&upload_id=" + upload.id;
    upload.metadata = json::serialize(
        json::object{{"query", query}, {"part", call.request.query_value("part").value()}, {"body", body}});
    upload.content_type = type;
    upload.total = size;
    upload.opened = world_.clock.now();
    world_.uploads.open(upload);
    Response response(200);
    response.headers.add("Location", "https://" + std::string(call.request.headers.get("Host")) +
                                         "/upload/youtube/v3/videos?" + query);
    response.headers.add("X-GUploader-UploadID", upload.id);
    return response;
}

Upload YoutubeUpload::require_session(const Call& call) const
{
    const auto upload = world_.uploads.find("youtube", call.request.query_value("upload_id").value_or(""));
    const Refusal gone{404, "notFound", "The upload session does not exist.", "upload_id"};
    if (!upload || upload->opened + session_life < world_.clock.now())
        throw gone;
    if (call.scripted("session_lost")) {
        world_.uploads.remove(*upload);
        throw gone;
    }
    // The session's address is opaque: whoever takes it apart and builds it anew is found out here.
    if (text_of(json::parse(upload->metadata).as_object(), "query") != call.request.query)
        throw Refusal{400, "badRequest", "The session URI was changed; use it byte for byte.", "upload_id"};
    return *upload;
}

Task<Response> YoutubeUpload::put(Call& call)
{
    Upload upload = require_session(call);
    const Token token = require_bearer(call, uploading);
    if (token.account != upload.account)
        throw Refusal{403, "forbidden", "The upload session belongs to another channel."};
    const std::uint64_t body = call.stream ? call.stream->announced_size().value_or(0) : 0;
    const ContentRange range = require_range(call, upload, body);
    if (range.probe)
        world_.uploads.remember_chunk(upload, 0); // whoever asks may go on in chunks of another size
    else if (call.request.headers.get("Content-Type") != upload.content_type)
        throw Refusal{400, "badContent", "The Content-Type is not the X-Upload-Content-Type of the session.",
                      "Content-Type"};
    if (!range.probe && upload.post.empty()) {
        check_chunk(upload, range);
        if (upload.chunk == 0)
            world_.uploads.remember_chunk(upload, body);
        Response taken = co_await take_bytes(call, upload);
        co_return taken;
    }
    if (upload.received < upload.total)
        co_return incomplete(upload);
    Response answer = co_await completed(call, upload);
    co_return answer;
}

Task<Response> YoutubeUpload::take_bytes(Call& call, Upload& upload)
{
    Keeping keeping{chunk_unit, std::nullopt};
    if (const auto fault = call.scripted("keep")) {
        keeping.at_most = static_cast<std::uint64_t>(fault->number) / chunk_unit * chunk_unit;
        world_.uploads.remember_chunk(upload, 0);
    }
    co_await world_.uploads.receive(upload, *call.stream, keeping);
    if (upload.received < upload.total)
        co_return incomplete(upload);
    Response answer = co_await completed(call, upload);
    co_return answer;
}

Task<Response> YoutubeUpload::completed(Call& call, Upload& upload)
{
    if (!upload.post.empty())
        co_return video_answer(200, upload, world_.ledger.find("youtube", upload.post).value());
    const std::string sha256 = co_await world_.uploads.digest(upload);
    // Someone who asked meanwhile may have been quicker.
    upload = world_.uploads.find("youtube", upload.id).value();
    if (!upload.post.empty())
        co_return video_answer(200, upload, world_.ledger.find("youtube", upload.post).value());

    Transaction transaction(world_.database);
    Post video{"youtube", upload.account, "sbx" + world_.names.token(8), "video"};
    describe(video, json::parse(upload.metadata).at("body").as_object(),
             is_audited(world_.accounts.find("youtube", upload.account).value()));
    video.sha256 = sha256;
    video.size = upload.total;
    video.source = upload.id;
    video.url = "https://www.youtube.com/watch?v=" + video.id;
    video = accept(call, std::move(video));
    world_.uploads.finish(upload, video.id);
    transaction.commit();
    world_.uploads.forget_bytes(upload, sha256);
    co_return video_answer(201, upload, video);
}

Response YoutubeUpload::video_answer(int status, const Upload& upload, const Post& video) const
{
    const auto parts = split_commas(text_of(json::parse(upload.metadata).as_object(), "part"));
    const Account account = world_.accounts.find("youtube", upload.account).value();
    return json_response(status, video_resource(video, parts, account.id, world_.clock.now()));
}

} // namespace vitrina::sandbox
