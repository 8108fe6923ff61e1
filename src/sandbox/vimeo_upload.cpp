#include "sandbox/vimeo_upload.hpp"

#include "sandbox/checks.hpp"
#include "sandbox/vimeo.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>

namespace vitrina::sandbox {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

constexpr auto upload_life = 24h;
constexpr std::size_t longest_name = 128, longest_description = 5000;

Refusal invalid(std::string where)
{
    return {400, "2204", "Something is wrong with the parameter " + where + ".", where};
}

void require_tus(const Call& call)
{
    if (call.request.headers.find("Authorization"))
        throw Refusal{400, "tus", "The upload_link is all that is needed; the access token is not for here."};
    if (call.request.headers.get("Tus-Resumable") != "1.0.0")
        throw Refusal{412, "tus", "Tus-Resumable must be 1.0.0."};
}

template <std::size_t N>
void check_choice(const json::object& object, std::string_view name, const std::array<std::string_view, N>& choices)
{
    if (object.contains(name) && std::ranges::find(choices, text_of(object, name)) == choices.end())
        throw invalid(std::string(name));
}

void check_video(const json::object& video)
{
    check_members(video, "",
                  {{"upload", Kind::object, true},
                   {"name", Kind::text},
                   {"description", Kind::text},
                   {"privacy", Kind::object},
                   {"license", Kind::text},
                   {"locale", Kind::text}});
    const json::object& upload = video.at("upload").get_object();
    check_members(upload, "upload", {{"approach", Kind::text, true}, {"size", Kind::number, true}});
    if (text_of(upload, "approach") != "tus" || !upload.at("size").is_int64() || upload.at("size").get_int64() <= 0)
        throw invalid("upload");
    if (count_characters(text_of(video, "name")).value_or(longest_name + 1) > longest_name)
        throw invalid("name");
    if (count_characters(text_of(video, "description")).value_or(longest_description + 1) > longest_description)
        throw invalid("description");
    if (const json::value* privacy = video.if_contains("privacy")) {
        check_members(
            privacy->get_object(), "privacy",
            {{"view", Kind::text}, {"embed", Kind::text}, {"download", Kind::boolean}, {"comments", Kind::text}});
        constexpr std::array<std::string_view, 4> views{"anybody", "nobody", "unlisted", "disable"};
        constexpr std::array<std::string_view, 3> comments{"anybody", "contacts", "nobody"};
        check_choice(privacy->get_object(), "view", views);
        check_choice(privacy->get_object(), "comments", comments);
    }
    constexpr std::array<std::string_view, 7> licenses{"by", "by-nc", "by-nc-nd", "by-nc-sa", "by-nd", "by-sa", "cc0"};
    check_choice(video, "license", licenses);
}

} // namespace

std::string vimeo_link(const json::object& video, const std::string& id)
{
    const json::value* privacy = video.if_contains("privacy");
    const bool unlisted = privacy && text_of(privacy->get_object(), "view") == "unlisted";
    return "https://vimeo.com/" + id + (unlisted ? "/" + text_of(video, "hash") : "");
}

Response VimeoUpload::create(Call& call, const Account& account)
{
    allow_query(call, {"fields"});
    json::object body = require_json(call);
    check_video(body);
    if (call.scripted("quota_exceeded"))
        throw Refusal{403, "4101", "The user's total upload quota has been reached."};
    const std::string id = world_.names.number(10);
    Upload upload{world_.names.token(40), "vimeo", account.name};
    upload.total = std::uint64_t(body.at("upload").get_object().at("size").get_int64());
    body["video"] = id;
    body["hash"] = world_.names.token(10);
    upload.metadata = json::serialize(body);
    upload.opened = world_.clock.now();
    world_.uploads.open(upload);
    return json_response(201, json::object{{"uri", "/videos/" + id},
                                           {"link", vimeo_link(body, id)},
                                           {"upload",
                                            {{"approach", "tus"},
                                             {"status", "in_progress"},
                                             {"upload_link", "https://files.tus.vimeo.com/files/" + upload.id}}}});
}

std::optional<Upload> VimeoUpload::placeholder(std::string_view video) const
{
    for (Upload& upload : world_.uploads.list())
        if (upload.network == "vimeo" && upload.post.empty() &&
            text_of(json::parse(upload.metadata).as_object(), "video") == video)
            return std::move(upload);
    return std::nullopt;
}

Upload VimeoUpload::require_upload(const Call& call) const
{
    auto upload = world_.uploads.find("vimeo", call.parameter("id"));
    if (!upload)
        throw Refusal{404, "tus", "The upload is unknown."};
    if (call.scripted("session_lost"))
        world_.uploads.backdate(*upload, Instant{});
    if (upload->opened + upload_life <= world_.clock.now())
        throw Refusal{410, "tus", "The upload has expired."};
    return *std::move(upload);
}

Response VimeoUpload::offset(Call& call) const
{
    require_tus(call);
    const Upload upload = require_upload(call);
    Response response(200);
    response.headers.add("Tus-Resumable", "1.0.0");
    response.headers.add("Upload-Offset", std::to_string(upload.received));
    response.headers.add("Upload-Length", std::to_string(upload.total));
    return response;
}

Task<Response> VimeoUpload::patch(Call& call)
{
    require_tus(call);
    Upload upload = require_upload(call);
    if (call.request.headers.get("Content-Type") != "application/offset+octet-stream")
        throw Refusal{415, "tus", "The Content-Type must be application/offset+octet-stream."};
    if (call.request.headers.get("Upload-Offset") != std::to_string(upload.received))
        throw Refusal{409, "tus", "The Upload-Offset is not where the upload stands."};
    const std::uint64_t size = call.stream ? call.stream->announced_size().value_or(0) : 0;
    if (upload.received + size > upload.total)
        throw Refusal{413, "tus", "That is more than was announced."};
    if (upload.post.empty()) {
        Keeping keeping;
        if (const auto fault = call.scripted("keep"))
            keeping.at_most = static_cast<std::uint64_t>(fault->number);
        co_await world_.uploads.receive(upload, *call.stream, keeping);
        if (upload.received == upload.total)
            co_await complete(call, upload);
    }
    Response response(204);
    response.headers.add("Tus-Resumable", "1.0.0");
    response.headers.add("Upload-Offset", std::to_string(upload.received));
    co_return response;
}

Task<> VimeoUpload::complete(Call& call, Upload& upload)
{
    const std::string sha256 = co_await world_.uploads.digest(upload);
    upload = world_.uploads.find("vimeo", upload.id).value();
    if (!upload.post.empty()) // somebody who sent meanwhile was quicker
        co_return;
    const json::object body = json::parse(upload.metadata).as_object();
    const json::value* privacy = body.if_contains("privacy");
    Transaction transaction(world_.database);
    Post post{"vimeo", upload.account, text_of(body, "video"), "video"};
    post.title = text_of(body, "name");
    post.text = text_of(body, "description");
    post.privacy = privacy ? text_of(privacy->get_object(), "view") : "anybody";
    post.details = upload.metadata;
    post.url = vimeo_link(body, post.id);
    post.sha256 = sha256;
    post.size = upload.total;
    post.source = upload.id;
    post = accept(call, std::move(post));
    world_.uploads.finish(upload, post.id);
    transaction.commit();
    world_.uploads.forget_bytes(upload, sha256);
}

} // namespace vitrina::sandbox
