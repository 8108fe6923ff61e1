#include "api/contract/publish.hpp"

#include "api/v1/accounts.hpp"
#include "api/v1/publications.hpp"
#include "publishing/publishing_fixture.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <doctest/doctest.h>

using namespace vitrina;
namespace json = boost::json;

namespace {

// The handlers of publishing, called as the server calls them.
struct PublishingSurface {
    explicit PublishingSurface(Networks networks = Networks::real) : world(networks) {}

    PublishingWorld world;
    ContractPublish contract{world.videos, world.requests, world.publications, world.platforms};
    PublicationsApi publications{world.videos,    world.requests, world.publications, world.found,
                                 world.schedules, world.edits,    world.clock};
    AccountsApi accounts{world.accounts, world.connections, world.platforms};

    Response call(Method method, const std::string& pattern, const std::string& id, const std::string& body = "",
                  const std::string& prefer = "")
    {
        Request request;
        request.method = method;
        request.path = request.target = pattern;
        request.base_url = "http://here";
        request.body = body;
        request.headers.add("Content-Type", "application/json");
        if (!prefer.empty())
            request.headers.add("Prefer", prefer);
        request.parameters = {{"id", id}};
        for (auto routes : {contract.routes(), publications.routes(), accounts.routes()})
            for (const Route& route : routes)
                if (route.method == method && route.pattern == pattern)
                    return run(route.handler(request));
        FAIL("no route " << pattern);
        return Response(500);
    }
    Response publish(const std::string& id, const std::string& body, const std::string& prefer = "")
    {
        return call(Method::post, "/api/videos/{id}/publish", id, body, prefer);
    }
};

json::value body_of(const Response& response)
{
    return json::parse(std::get<std::string>(response.body));
}

std::string error_of(const Response& response)
{
    return std::string(body_of(response).at("error").as_string());
}

} // namespace

TEST_CASE("what is wrong with a request to publish is said in the frozen words and order")
{
    PublishingSurface surface;
    const std::string nobody = "019ca945-0a00-7000-8000-000000000000";
    for (const char* body : {"{}", R"({"platforms":[]})", R"({"platforms":null})"}) {
        const Response response = surface.publish(nobody, body);
        CHECK(response.status == 400);
        CHECK(error_of(response) == "No platforms specified");
    }
    for (const char* body :
         {R"({"platforms":"youtube"})", R"({"platforms":[1]})", R"({"platforms":["youtube",null]})", "[]", "{"})
        CHECK(surface.publish(nobody, body).status == 400);
    CHECK(surface.publish(nobody, R"({"platforms":["youtube"]})").status == 404);
    CHECK(error_of(surface.publish("nonsense", R"({"platforms":["x"]})")) == "Video not found");

    const std::string id = surface.world.given_video().id.text();
    const Response unknown = surface.publish(id, R"({"platforms":["youtube","telegraph"]})");
    CHECK(unknown.status == 400);
    CHECK(error_of(unknown).find("youtube, mastodon") != std::string::npos);
    surface.world.connect("mastodon");
    const Response unconnected = surface.publish(id, R"({"platforms":["mastodon","youtube"]})");
    CHECK(unconnected.status == 409);
    CHECK(error_of(unconnected).find("account connect youtube") != std::string::npos);
    CHECK(run(surface.world.publications.list({})).empty()); // nothing is queued for any of them

    surface.world.connect("youtube");
    const std::string long_title = surface.world.given_video(std::string(101, 't')).id.text();
    const Response too_long = surface.publish(long_title, R"({"platforms":["youtube"]})");
    CHECK(too_long.status == 400);
    CHECK(error_of(too_long).find("100 characters") != std::string::npos);
}

TEST_CASE("publishing answers 200 with what is true now, and asking again makes nothing new")
{
    PublishingSurface surface;
    surface.world.connect("youtube");
    const std::string id = surface.world.given_video().id.text();
    const Response first = surface.publish(id, R"({"platforms":["youtube"]})");
    CHECK(first.status == 200);
    const json::value said = body_of(first);
    CHECK(said.at("message").as_string() == "Queued for YouTube.");
    CHECK(said.at("publications").as_array().size() == 1);
    CHECK(said.at("publications").at(0).at("status").as_string() == "queued");

    surface.world.settle();
    const Response again = surface.publish(id, R"({"platforms":["youtube"]})", "wait=5");
    CHECK(again.headers.get("Preference-Applied") == "wait=5");
    const json::value now = body_of(again);
    CHECK(now.at("message").as_string() == "Published on YouTube.");
    CHECK(now.at("publications").at(0).at("id") == said.at("publications").at(0).at("id"));
    CHECK(now.at("publications").at(0).at("url").as_string() == "https://www.youtube.com/watch?v=video-1");
    CHECK(surface.world.internet.youtube.posts.size() == 1);
}

TEST_CASE("/v1: an account is connected, a publication created, watched, cancelled, retried and taken back")
{
    PublishingSurface surface(Networks::sandbox);
    const Response connected = surface.call(
        Method::post, "/v1/accounts", "",
        R"({"platform":"youtube","client_id":"c","client_secret":"client-secret","refresh_token":"refresh-1"})");
    REQUIRE(connected.status == 201);
    const std::string text = std::get<std::string>(connected.body);
    CHECK(text.find("refresh-1") == std::string::npos);
    CHECK(text.find("client-secret") == std::string::npos);
    const std::string account(body_of(connected).at("id").as_string());
    CHECK(body_of(connected).at("sandbox").as_bool());

    const std::string video = surface.world.given_video().id.text();
    const std::string wanted = R"({"video_id":")" + video + R"(","account_id":")" + account + R"("})";
    const Response created = surface.call(Method::post, "/v1/publications", "", wanted);
    CHECK(created.status == 201);
    CHECK(surface.call(Method::post, "/v1/publications", "", wanted).status == 200);
    const std::string id(body_of(created).at("id").as_string());
    CHECK(surface.call(Method::post, "/v1/publications/{id}/cancel", id).status == 200);
    CHECK(surface.call(Method::post, "/v1/publications/{id}/retry", id).status == 409);

    const Response other =
        surface.call(Method::post, "/v1/videos/{id}/publications", video, R"({"platform":"youtube"})");
    CHECK(other.status == 201);
    const std::string second(body_of(other).at("id").as_string());
    surface.world.settle();
    const json::value shown = body_of(surface.call(Method::get, "/v1/publications/{id}", second));
    CHECK(shown.at("status").as_string() == "published");
    CHECK(shown.at("attempts").at(0).at("outcome").as_string() == "confirmed");
    CHECK(shown.at("log").as_array().size() >= 4);
    const std::string address = R"({"url":"https://www.youtube.com/watch?v=dQw4w9WgXcQ"})";
    CHECK(surface.call(Method::post, "/v1/publications/{id}/link", second, address).status == 409);
    CHECK(surface.call(Method::post, "/v1/publications/{id}/link", second, R"({"url":"there"})").status == 422);
    CHECK(surface.call(Method::post, "/v1/publications/{id}/link", second, "{}").status == 400);
    CHECK(surface.call(Method::post, "/v1/publications/{id}/link", "none", address).status == 404);
    CHECK(surface.call(Method::del, "/v1/publications/{id}", second).status == 202);
    CHECK(surface.call(Method::del, "/v1/publications/{id}", id).status == 409);
    surface.world.settle();
    CHECK(body_of(surface.call(Method::get, "/v1/publications", "")).at("data").as_array().size() == 2);
    const auto of_videos = run(surface.publications.of_videos({VideoId::parse(video).value(), VideoId::make({})}));
    CHECK(json::parse(of_videos.at(0)).as_array().size() == 2);
    CHECK(of_videos.at(1) == "[]");
    CHECK(surface.call(Method::del, "/v1/accounts/{id}", account).status == 204);
    // Whose post it was is known without its account.
    CHECK(body_of(surface.call(Method::get, "/v1/publications/{id}", second)).at("sandbox").as_bool());
}

TEST_CASE("/v1: a publication for later is made, moved, changed and cancelled")
{
    PublishingSurface surface;
    surface.world.connect("youtube");
    const std::string video = surface.world.given_video().id.text();
    const std::string soon = rfc3339(surface.world.clock.now() + std::chrono::hours(2));
    const auto create = [&](std::string members) {
        return surface.call(Method::post, "/v1/videos/{id}/publications", video,
                            R"({"platform":"youtube",)" + members + "}");
    };
    for (const char* wrong : {R"("publish_at":"tomorrow")", R"("publish_at":"2020-01-01T10:00:00Z")",
                              R"("publish_at":"2300-01-01T10:00:00Z")", R"("publish_at":"2026-12-24T18:00:00")",
                              R"("publish_at":7)", R"("time_zone":"Mars/Olympus")"}) {
        CAPTURE(wrong);
        CHECK(create(wrong).status == 400);
    }
    const Response created = create(R"("publish_at":")" + soon + R"(","time_zone":"Europe/Madrid")");
    CHECK(created.status == 201);
    const json::value made = body_of(created);
    CHECK(made.at("status") == "scheduled");
    CHECK(made.at("publish_at").as_string() == soon);
    CHECK(made.at("time_zone") == "Europe/Madrid");
    const std::string id(made.at("id").as_string());

    const auto change = [&](std::string body) {
        return surface.call(Method::patch, "/v1/publications/{id}", id, std::move(body));
    };
    for (const char* wrong : {"{}", R"({"time_zone":"Europe/Madrid"})", R"({"title":"no"})", R"({"options":7})"}) {
        CAPTURE(wrong);
        CHECK(change(wrong).status == 400);
    }
    CHECK(change(R"({"options":{"privacy":"nobody"}})").status == 422);
    CHECK(body_of(change(R"({"options":{"privacy":"unlisted"}})")).at("options").at("privacy") == "unlisted");
    CHECK(body_of(change(R"({"publish_at":null})")).at("status") == "queued");
    CHECK(change(R"({"publish_at":null})").status == 409);
    CHECK(surface.call(Method::post, "/v1/publications/{id}/cancel", id).status == 200);
    CHECK(surface.call(Method::patch, "/v1/publications/{id}", "none", R"({"publish_at":null})").status == 404);
}

TEST_CASE("/v1: what is wrong with an account or a publication is named, all of it")
{
    PublishingSurface surface;
    const auto pointers = [](const Response& response) {
        std::string all;
        const json::value body = body_of(response);
        for (const auto& error : body.at("errors").as_array())
            all += std::string(error.at("pointer").as_string()) + " ";
        return all;
    };
    CHECK(pointers(surface.call(Method::post, "/v1/accounts", "", R"({"platform":"myspace","extra":1})"))
              .find("/platform") == 0);
    CHECK(surface.call(Method::post, "/v1/accounts", "", R"({"platform":"mastodon","access_token":"x"})").status ==
          400);
    for (const char* address :
         {"mastodon.example", "ftp://mastodon.example", "https://mastodon.example/path", "https://a b"})
        CHECK(surface
                  .call(Method::post, "/v1/accounts", "",
                        R"({"platform":"mastodon","access_token":"x","base_url":")" + std::string(address) + R"("})")
                  .status == 400);

    surface.world.connect("youtube");
    const std::string video = surface.world.given_video().id.text();
    const Response limits = surface.call(Method::post, "/v1/videos/{id}/publications", video,
                                         R"({"platform":"youtube","options":{"privacy":"all","title":""}})");
    CHECK(limits.status == 422);
    CHECK(pointers(limits) == "/options/privacy /options/title ");
    CHECK(surface.call(Method::post, "/v1/videos/{id}/publications", video, R"({})").status == 400);
}
