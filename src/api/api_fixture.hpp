#pragma once
// What the tests of this room stand on: the handlers over the real library, database and router, without sockets.
#include "api/answer_cache.hpp"
#include "api/contract/videos.hpp"
#include "api/files.hpp"
#include "api/health.hpp"
#include "api/idempotency.hpp"
#include "api/metrics.hpp"
#include "api/page/page.hpp"
#include "api/upload_reception.hpp"
#include "api/v1/videos.hpp"
#include "core/errors.hpp"
#include "http/router.hpp"
#include "library/library_fixture.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <boost/json/value_to.hpp>
#include <doctest/doctest.h>
#include <string>
#include <string_view>
#include <vector>

namespace vitrina {

// A body that arrives in blocks of a given size, and may break off.
class ArrivingBody final : public BodyStream {
public:
    ArrivingBody(std::string bytes, std::size_t block, bool breaks_off = false)
        : bytes_(std::move(bytes)), block_(block), breaks_off_(breaks_off)
    {
    }
    std::optional<std::uint64_t> announced_size() const override { return bytes_.size(); }
    Task<std::span<const std::byte>> read() override
    {
        const std::string_view block = std::string_view(bytes_).substr(at_, block_);
        at_ += block.size();
        if (block.empty() && breaks_off_)
            throw Disconnected("the client went away");
        co_return std::as_bytes(std::span(block.data(), block.size()));
    }

private:
    std::string bytes_;
    std::size_t block_;
    bool breaks_off_;
    std::size_t at_ = 0;
};

// A multipart/form-data body.
struct FormText {
    std::string boundary = "a-boundary";
    std::string text;

    FormText& field(std::string_view name, std::string_view value)
    {
        text += "--" + boundary + "\r\nContent-Disposition: form-data; name=\"" + std::string(name) + "\"\r\n\r\n";
        text += std::string(value) + "\r\n";
        return *this;
    }
    FormText& file(std::string_view bytes, std::string_view name = "video.mp4")
    {
        text += "--" + boundary + "\r\nContent-Disposition: form-data; name=\"video\"; filename=\"" +
                std::string(name) + "\"\r\nContent-Type: application/octet-stream\r\n\r\n" + std::string(bytes) +
                "\r\n";
        return *this;
    }
    std::string body() const { return text + "--" + boundary + "--\r\n"; }
    std::string type() const { return "multipart/form-data; boundary=" + boundary; }
};

inline std::string text_of(Response& response)
{
    if (auto* text = std::get_if<std::string>(&response.body))
        return *text;
    if (auto* shared = std::get_if<SharedBody>(&response.body))
        return **shared;
    std::string all;
    if (auto* pieces = std::get_if<PieceSource>(&response.body)) {
        for (std::string piece = run((*pieces)()); !piece.empty(); piece = run((*pieces)()))
            all += piece;
        return all;
    }
    ContentSource& source = *std::get<Content>(response.body).source;
    all.resize(source.size());
    const std::size_t got = run(source.read(0, std::as_writable_bytes(std::span(all))));
    REQUIRE(got == all.size());
    return all;
}

struct TestApi : WholeLibrary {
    IdempotencyKeys keys{*db, clock};
    AnswerCache cache{*db, 1 << 20};
    MediaUrls media_urls{*db, clock};
    VideoUrlMaker urls{nullptr};
    UploadReception reception{inspecting_uploads, videos, keys, {.max_file = 1'000'000}};
    static constexpr std::chrono::milliseconds patience{5000};
    ContractVideos contract{videos, deletion, reception, urls, cache, patience};
    VideosApi v1{videos, deletion, reception, urls, cache, no_publications, patience};
    FilesApi files{videos, *store};
    Router router = make_router();

    static Task<std::vector<std::string>> no_publications(std::vector<VideoId> ids)
    {
        co_return std::vector<std::string>(ids.size(), "[]");
    }

    Router make_router()
    {
        Router made;
        made.add(contract.routes());
        made.add(v1.routes());
        made.add(files.routes());
        return made;
    }

    // What the server does, without its socket.
    Response answer(Request request)
    {
        const Router::Match match = router.find(request.method, request.path);
        REQUIRE(match.route);
        request.parameters = match.parameters;
        if (match.route->body == Body::streamed && !request.stream) {
            ArrivingBody body(std::exchange(request.body, {}), block);
            request.stream = &body;
            return run(match.route->handler(request));
        }
        return run(match.route->handler(request));
    }

    static Request asking(Method method, std::string_view target)
    {
        Request request;
        request.method = method;
        request.path = target.substr(0, target.find('?'));
        request.query = target.find('?') == std::string_view::npos ? "" : target.substr(target.find('?') + 1);
        request.base_url = "http://host:5000";
        request.id = "request-1";
        request.remote_address = "127.0.0.1";
        return request;
    }

    Response get(std::string_view target) { return answer(asking(Method::get, target)); }
    Response del(std::string_view target) { return answer(asking(Method::del, target)); }
    Response send(Request request, std::string type, std::string body)
    {
        request.headers.set("Content-Type", std::move(type));
        request.body = std::move(body);
        return answer(std::move(request));
    }
    Response upload(const FormText& form, std::string_view target = "/api/videos/upload", std::string key = {})
    {
        clock.advance(std::chrono::seconds(1));
        Request request = asking(Method::post, target);
        if (!key.empty())
            request.headers.set("Idempotency-Key", std::move(key));
        return send(std::move(request), form.type(), form.body());
    }

    boost::json::value json(Response response) { return boost::json::parse(text_of(response)); }
    std::string error(Response response)
    {
        const auto body = json(std::move(response));
        CHECK(body.as_object().size() == 1);
        return boost::json::value_to<std::string>(body.at("error"));
    }

    std::size_t block = 4096;
};

} // namespace vitrina
