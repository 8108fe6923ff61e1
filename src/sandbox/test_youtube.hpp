#pragma once
// A publisher that does everything right, for tests to make one thing wrong.
#include "http/form.hpp"
#include "sandbox/test_world.hpp"

namespace vitrina::sandbox {

constexpr std::size_t chunk = 256 * 1024;

inline std::string form_of(std::initializer_list<std::pair<std::string, std::string>> fields)
{
    std::string form;
    for (const auto& [name, value] : fields)
        form += (form.empty() ? "" : "&") + name + "=" + form_encode(value);
    return form;
}

class YoutubeClient {
public:
    explicit YoutubeClient(TestWorld& world, boost::json::object settings = {}) : world_(world)
    {
        credentials = world_.account("youtube", std::move(settings));
        token = refresh().text("access_token");
    }

    Answer refresh()
    {
        Ask ask{Method::post, "oauth2.googleapis.com", "/token"};
        ask.body = form_of({{"grant_type", "refresh_token"},
                            {"refresh_token", std::string(credentials.at("refresh_token").as_string())},
                            {"client_id", std::string(credentials.at("client_id").as_string())},
                            {"client_secret", std::string(credentials.at("client_secret").as_string())}});
        return world_.send(ask.with("Content-Type", "application/x-www-form-urlencoded"));
    }

    Ask ask(Method method, std::string target) const
    {
        Ask ask{method, "www.googleapis.com", std::move(target)};
        return ask.with("Authorization", "Bearer " + token);
    }

    Ask opening(std::size_t size,
                std::string body = R"({"snippet":{"title":"Cats"},"status":{"privacyStatus":"public"}})") const
    {
        Ask open = ask(Method::post,
                       "/upload/youtube/v3/videos?uploadType=resumable&part=snippet,status&notifySubscribers=true");
        open.with("Content-Type", "application/json; charset=UTF-8").with("X-Upload-Content-Type", "video/mp4");
        open.with("X-Upload-Content-Length", std::to_string(size));
        open.body = std::move(body);
        return open;
    }

    // The session's target, without the host.
    std::string open(std::size_t size)
    {
        const Answer opened = world_.send(opening(size));
        REQUIRE(opened.status == 200);
        const std::string location(opened.headers.get("Location"));
        REQUIRE(location.starts_with("https://www.googleapis.com/"));
        return location.substr(std::string_view("https://www.googleapis.com").size());
    }

    Ask putting(const std::string& session, const std::string& all, std::size_t first, std::size_t size) const
    {
        Ask put = ask(Method::put, session);
        put.body = all.substr(first, size);
        put.with("Content-Type", "video/mp4");
        return put.with("Content-Range", "bytes " + std::to_string(first) + "-" +
                                             std::to_string(first + put.body.size() - 1) + "/" +
                                             std::to_string(all.size()));
    }

    Answer probe(const std::string& session, std::size_t total) const
    {
        return world_.send(ask(Method::put, session).with("Content-Range", "bytes */" + std::to_string(total)));
    }

    // The whole way; gives the video's id.
    std::string publish(const std::string& bytes)
    {
        const Answer done = world_.send(putting(open(bytes.size()), bytes, 0, bytes.size()));
        REQUIRE(done.status == 201);
        return done.text("id");
    }

    boost::json::object credentials;
    std::string token;

private:
    TestWorld& world_;
};

} // namespace vitrina::sandbox
