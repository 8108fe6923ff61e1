#include "sandbox/peertube_upload.hpp"

#include "sandbox/checks.hpp"
#include "sandbox/peertube.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <charconv>

namespace vitrina::sandbox {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;
using peertube_scopes::user;

constexpr std::uint64_t largest_file = 8ull * 1024 * 1024 * 1024;
constexpr auto answer_remembered = 15min;

std::uint64_t require_announced_size(const Call& call)
{
    const std::string_view text = call.request.headers.get("X-Upload-Content-Length");
    std::uint64_t size = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), size);
    if (text.empty() || error != std::errc{} || stop != text.data() + text.size() || size == 0)
        throw Refusal{400, "", "X-Upload-Content-Length is required.", "X-Upload-Content-Length"};
    if (size > largest_file)
        throw Refusal{413, "max_file_size_reached", "Video file is too large."};
    return size;
}

Response incomplete(const Upload& upload)
{
    Response response(308);
    if (upload.received > 0)
        response.headers.add("Range", "bytes=0-" + std::to_string(upload.received - 1));
    return response;
}

json::object video_answer(const Post& video)
{
    const json::object details = json::parse(video.details).as_object();
    return {{"video", {{"id", details.at("id")}, {"uuid", video.id}, {"shortUUID", details.at("shortUUID")}}}};
}

} // namespace

std::string peertube_privacy(std::int64_t number)
{
    switch (number) {
    case 1: return "public";
    case 2: return "unlisted";
    case 3: return "private";
    case 4: return "internal";
    default: return "password";
    }
}

Response PeertubeUpload::open(Call& call)
{
    const Token token = require_bearer(call, user);
    allow_query(call, {});
    const std::uint64_t size = require_announced_size(call);
    const std::string type(call.request.headers.get("X-Upload-Content-Type"));
    if (!type.starts_with("video/") && !type.starts_with("audio/") && type != "application/octet-stream")
        throw Refusal{415, "", "Incorrect X-Upload-Content-Type: \"" + type + "\"", "X-Upload-Content-Type"};
    const json::object body = require_json(call);
    check_peertube_metadata(body, true);
    const Account account = world_.accounts.find("peertube", token.account).value();
    const auto channel = to_number(account.id);
    if (body.at("channelId").as_int64() != channel)
        throw Refusal{400, "", "Unknown video channel on this instance.", "channelId"};
    if (call.scripted("quota_exceeded"))
        throw Refusal{413, "quota_reached", "The user video quota is exceeded with this video."};

    // uploadx derives the id from user, name, size and metadata: the same again is the same upload.
    const std::string metadata = json::serialize(body);
    const auto uploads = world_.uploads.list();
    const auto known = std::find_if(uploads.begin(), uploads.end(), [&](const Upload& upload) {
        return upload.network == "peertube" && upload.account == token.account && upload.metadata == metadata &&
               upload.total == size && upload.post.empty();
    });
    Response response(known == uploads.end() ? 201 : 200);
    std::string id;
    if (known == uploads.end()) {
        id = world_.names.token(32);
        Upload upload{id, "peertube", token.account, metadata, type, size};
        upload.opened = world_.clock.now();
        world_.uploads.open(upload);
    } else {
        id = known->id;
    }
    // Without a scheme, as uploadx writes it.
    response.headers.add("Location", "//" + std::string(call.request.headers.get("Host")) +
                                         "/api/v1/videos/upload-resumable?upload_id=" + id);
    return response;
}

Upload PeertubeUpload::require_upload(const Call& call, const Token& token) const
{
    allow_query(call, {"upload_id"});
    const auto upload = world_.uploads.find("peertube", require_query(call, "upload_id"));
    const Refusal unknown{404, "", "Upload not found.", "upload_id"};
    if (!upload || upload->account != token.account)
        throw unknown;
    if (call.scripted("session_lost")) {
        world_.uploads.remove(*upload);
        throw unknown;
    }
    if (!upload->post.empty()) {
        const auto video = world_.ledger.find("peertube", upload->post);
        if (video && video->accepted + answer_remembered < world_.clock.now())
            throw unknown;
    }
    return *upload;
}

Task<Response> PeertubeUpload::put(Call& call)
{
    const Token token = require_bearer(call, user);
    Upload upload = require_upload(call, token);
    const std::uint64_t body = call.stream ? call.stream->announced_size().value_or(0) : 0;
    const auto range = parse_content_range(call.request.headers.get("Content-Range"));
    if (!range || range->total != upload.total || (range->probe ? 0 : range->last - range->first + 1) != body)
        throw Refusal{400, "", "Content-Range is missing, malformed or does not fit the body.", "Content-Range"};
    if (!range->probe && upload.post.empty()) {
        if (call.request.headers.get("Content-Type") != "application/octet-stream")
            throw Refusal{415, "", "The Content-Type must be application/octet-stream.", "Content-Type"};
        if (range->first != upload.received)
            throw Refusal{409, "", "Content-Range and the bytes received do not match.", "Content-Range"};
        Keeping keeping;
        if (const auto fault = call.scripted("keep"))
            keeping.at_most = static_cast<std::uint64_t>(fault->number);
        co_await world_.uploads.receive(upload, *call.stream, keeping);
    }
    if (upload.received < upload.total)
        co_return incomplete(upload);
    Response answer = co_await completed(call, upload);
    co_return answer;
}

Task<Response> PeertubeUpload::completed(Call& call, Upload& upload)
{
    if (upload.post.empty()) {
        const std::string sha256 = co_await world_.uploads.digest(upload);
        // Someone who asked meanwhile may have been quicker.
        upload = world_.uploads.find("peertube", upload.id).value();
        if (upload.post.empty()) {
            Transaction transaction(world_.database);
            json::object details = json::parse(upload.metadata).as_object();
            const json::value* privacy = details.if_contains("privacy");
            Post video{"peertube", upload.account, world_.names.uuid(), "video"};
            video.title = text_of(details, "name");
            video.text = text_of(details, "description");
            video.privacy = peertube_privacy(privacy ? privacy->as_int64() : 1);
            details["id"] = to_number(world_.names.number(6));
            details["shortUUID"] = world_.names.token(22);
            video.url = "https://peertube.sandbox.test/w/" + text_of(details, "shortUUID");
            video.details = json::serialize(details);
            video.sha256 = sha256;
            video.size = upload.total;
            video.source = upload.id;
            video = accept(call, std::move(video));
            world_.uploads.finish(upload, video.id);
            transaction.commit();
            world_.uploads.forget_bytes(upload, sha256);
        }
    }
    co_return json_response(200, video_answer(world_.ledger.find("peertube", upload.post).value()));
}

Response PeertubeUpload::cancel(Call& call)
{
    const Token token = require_bearer(call, user);
    const Upload upload = require_upload(call, token);
    if (call.request.headers.get("Content-Length") != "0")
        throw Refusal{400, "", "Content-Length: 0 is expected.", "Content-Length"};
    if (upload.post.empty())
        world_.uploads.remove(upload);
    return Response(204);
}

} // namespace vitrina::sandbox
