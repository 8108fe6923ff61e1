#include "api/files.hpp"

#include "api/error_response.hpp"
#include "api/video_urls.hpp"
#include "core/digest.hpp"
#include "http/content_disposition.hpp"
#include "storage/object_key.hpp"

#include <algorithm>

namespace vitrina {

// One of a video's files: where its bytes are and what they are called.
struct FilesApi::File {
    ObjectKey key;
    std::string type;
    std::string etag;
    std::string download_name;
};

namespace {

// What a player may be told to play. Anything else is handed out as bytes: nobody can make this server show a page.
std::string served_type(std::string_view type)
{
    const bool is_media = type.starts_with("video/") || type.starts_with("audio/");
    return is_media ? std::string(type) : std::string("application/octet-stream");
}

std::string etag_of_key(std::string_view key)
{
    return '"' + sha256_hex(key).substr(0, 32) + '"'; // keys are never used twice, and are nobody's business
}

Fault no_such_file()
{
    return {FaultKind::missing, "VT-FIL-001", "There is no such file.",
            "The video may have been deleted; its address is in GET /v1/videos/{id}."};
}

bool wants_download(const Request& request)
{
    const std::string value = request.query_value("download").value_or(std::string());
    return !value.empty() && value != "0";
}

std::string disposition_for(const Request& request, std::string_view name)
{
    return wants_download(request) ? attachment(name) : inline_disposition(name);
}

} // namespace

std::optional<FilesApi::File> FilesApi::find_file(const Video& video, std::string_view name)
{
    const std::string original = source_name(video);
    if (name == original) {
        std::string etag = video.sha256.empty() ? etag_of_key(video.source_key) : '"' + video.sha256 + '"';
        return File{video.source_key, served_type(video.content_type), std::move(etag),
                    video.title + original.substr(std::string_view("original").size())};
    }
    const ObjectKey* picture = name == thumbnail_name         ? &video.thumbnail_key
                               : name == small_thumbnail_name ? &video.small_thumbnail_key
                                                              : nullptr;
    if (!picture || picture->empty())
        return std::nullopt;
    return File{*picture, "image/jpeg", etag_of_key(*picture), video.title + ".jpg"};
}

std::vector<Route> FilesApi::routes()
{
    return {{Method::get, "/files/{id}/{name}", [this](const Request& r) { return serve(r); }, Scope::media}};
}

Task<Response> FilesApi::serve(const Request& request)
{
    const std::optional<VideoId> id = VideoId::parse(request.parameter("id"));
    if (!id)
        co_return error_response(request, no_such_file());
    const std::optional<Video> video = co_await videos_.find(*id);
    if (!video)
        co_return error_response(request, no_such_file());
    const std::optional<File> file = find_file(*video, request.parameter("name"));
    if (!file || !is_object_key(file->key)) // one that was adopted under a name we would not give
        co_return error_response(request, no_such_file());
    if (delivery_.links) {
        Response elsewhere = co_await send_on(request, *file);
        co_return elsewhere;
    }
    Response bytes = co_await send(request, *video, *file);
    co_return bytes;
}

Task<Response> FilesApi::send(const Request& request, const Video& video, const File& file)
{
    std::unique_ptr<ContentSource> source = co_await store_.open(file.key);
    if (!source) // deleted between the two looks
        co_return error_response(request, no_such_file());

    Response response(200);
    response.headers.add("Content-Disposition", disposition_for(request, file.download_name));
    // The bytes under a name never change; but a deleted video should not be kept for long. A shared cache must not
    // keep what somebody's token opened, and without "public" it does not.
    response.headers.add("Cache-Control", delivery_.behind_a_cache ? "max-age=300" : "private, max-age=300");
    // Should a browser ever be led to see a page in these bytes, it is one without scripts or an origin.
    response.headers.add("Content-Security-Policy", "sandbox");
    // Players on other sites embed these; whoever may not see them lacks the signature, not the origin.
    response.headers.add("Cross-Origin-Resource-Policy", "cross-origin");
    const auto seconds = std::chrono::floor<std::chrono::seconds>(video.uploaded_at).time_since_epoch().count();
    response.body = Content{std::move(source), file.type, file.etag, seconds};
    co_return response;
}

// The store is not asked: a row says that the object is there, and the store says so itself if it has just gone.
Task<Response> FilesApi::send_on(const Request& request, const File& file)
{
    ObjectLink wanted{.key = file.key,
                      .method = request.method,
                      .type = file.type,
                      .disposition = disposition_for(request, file.download_name),
                      .valid_for = delivery_.link_lifetime};
    ObjectLinks::Made link = co_await delivery_.links->link(std::move(wanted));
    Response response(307);
    response.headers.add("Location", std::move(link.url));
    // Kept well within its time, so that a player that goes on from here finds it good.
    const auto kept = std::min<std::chrono::seconds>(std::chrono::seconds(300), link.good_for / 2);
    response.headers.add("Cache-Control", "private, max-age=" + std::to_string(kept.count()));
    // As for the bytes: embedded anywhere.
    response.headers.add("Cross-Origin-Resource-Policy", "cross-origin");
    co_return response;
}

} // namespace vitrina
