#include "api/api_fixture.hpp"

#include "api/v1/video_json.hpp"

using namespace vitrina;
namespace json = boost::json;

namespace {

FormText form()
{
    return FormText{}.field("title", "Cats").file("bytes");
}

Response patch(TestApi& api, const Video& video, std::string body, std::string if_match = {})
{
    Request request = TestApi::asking(Method::patch, "/v1/videos/" + video.id.text());
    if (!if_match.empty())
        request.headers.set("If-Match", std::move(if_match));
    return api.send(std::move(request), "application/merge-patch+json", std::move(body));
}

std::string code(TestApi& api, Response response)
{
    CHECK(response.headers.get("Content-Type") == "application/problem+json");
    return json::value_to<std::string>(api.json(std::move(response)).at("code"));
}

} // namespace

TEST_CASE("an upload says where the video is, and shows all that is known of it")
{
    TestApi api;
    Response response = api.upload(form(), "/v1/videos");
    REQUIRE(response.status == 201);
    const std::string location(response.headers.get("Location"));
    const std::string etag(response.headers.get("ETag"));
    const json::value video = api.json(std::move(response));
    CHECK(location == "http://host:5000/v1/videos/" + json::value_to<std::string>(video.at("id")));
    CHECK(video.at("status") == "ready");
    CHECK(video.at("duration") == 61.4);
    CHECK(video.at("width") == 1920);
    CHECK(video.at("publications") == json::array());
    CHECK(video.at("uploaded_at").as_string().ends_with("Z"));

    Response shown = api.get(location.substr(16));
    CHECK(shown.headers.get("ETag") == etag);
    CHECK(api.json(std::move(shown)) == video);
}

TEST_CASE("Prefer: wait=0 answers before the facts are known")
{
    TestApi api;
    Request request = TestApi::asking(Method::post, "/v1/videos");
    request.headers.set("Prefer", "wait=0");
    Response response = api.send(std::move(request), form().type(), form().body());
    CHECK(response.status == 201);
    CHECK(response.headers.get("Preference-Applied") == "wait=0");
}

TEST_CASE("parts that are not known are named")
{
    TestApi api;
    Response response = api.upload(form().field("colour", "red"), "/v1/videos");
    CHECK(response.status == 400);
    const json::value problem = api.json(std::move(response));
    CHECK(problem.at("code") == "VT-REQ-004");
    CHECK(problem.at("errors").at(0).at("pointer") == "/colour");
    CHECK(api.stored_keys().empty());
}

TEST_CASE("a list with filters, order, and a cursor bound to them")
{
    TestApi api;
    for (const char* title : {"Bee", "ant", "Cat"})
        api.given_video(title);
    const auto page = [&](std::string_view query) { return api.json(api.get("/v1/videos?" + std::string(query))); };
    CHECK(page("").at("data").as_array().size() == 3);
    CHECK(page("").at("next_cursor").is_null());
    CHECK(page("sort=title").at("data").at(0).at("title") == "ant");
    CHECK(page("sort=title&order=desc").at("data").at(0).at("title") == "Cat");
    CHECK(page("order=asc").at("data").at(0).at("title") == "Bee");
    CHECK(page("status=failed").at("data").as_array().empty());
    CHECK(page("status=processing").at("data").as_array().size() == 3);

    const json::value first = page("limit=2&sort=title");
    const auto cursor = json::value_to<std::string>(first.at("next_cursor"));
    CHECK(page("limit=2&sort=title&cursor=" + cursor).at("data").at(0).at("title") == "Cat");
    CHECK(code(api, api.get("/v1/videos?limit=2&sort=date&cursor=" + cursor)) == "VT-REQ-006");
    for (const char* query : {"sort=size", "order=up", "status=deleted", "status=x"})
        CHECK(code(api, api.get("/v1/videos?" + std::string(query))) == "VT-REQ-007");
    CHECK(code(api, api.get("/v1/videos?limit=1001")) == "VT-REQ-005");
}

TEST_CASE("one video: known by its tag, missing alike for any id that is none")
{
    TestApi api;
    const Video video = api.given_video("Cats");
    const std::string target = "/v1/videos/" + video.id.text();
    const Response first = api.get(target);
    Request again = TestApi::asking(Method::get, target);
    again.headers.add("If-None-Match", std::string(first.headers.get("ETag")));
    CHECK(api.answer(again).status == 304);
    REQUIRE(patch(api, video, R"({"title":"Dogs"})").status == 200);
    CHECK(api.answer(again).status == 200);
    for (const char* id : {"x", "00000000-0000-7000-8000-000000000000"})
        CHECK(code(api, api.get("/v1/videos/" + std::string(id))) == "VT-VID-001");
}

TEST_CASE("a merge patch changes what it names, and nothing else")
{
    TestApi api;
    const Video video = api.given_video("Cats", "sun", {"a"});
    Response response = patch(api, video, R"({"title":"  Dogs "})");
    REQUIRE(response.status == 200);
    CHECK(!response.headers.get("ETag").empty());
    const json::value changed = api.json(std::move(response));
    CHECK(changed.at("title") == "Dogs");
    CHECK(changed.at("description") == "sun");
    const json::value emptied = api.json(patch(api, video, R"({"description":null,"tags":null})"));
    CHECK(emptied.at("description") == "");
    CHECK(emptied.at("tags") == json::array());
    CHECK(api.json(patch(api, video, R"({"tags":["x","y"]})")).at("tags") == json::array({"x", "y"}));
    CHECK(api.json(patch(api, video, "{}")).at("title") == "Dogs");
}

TEST_CASE("what a patch may not say, with every mistake at its place")
{
    TestApi api;
    const Video video = api.given_video("Cats");
    for (const char* body :
         {R"({"title":null})", R"({"title":""})", R"({"title":7})", R"({"tags":"a"})", R"({"tags":[1]})",
          R"({"tags":[""]})", R"({"status":"ready"})", R"({"description":[]})", R"({"id":"x"})"}) {
        CAPTURE(body);
        Response response = patch(api, video, body);
        CHECK(response.status == 400);
        const json::value problem = api.json(std::move(response));
        CHECK(problem.at("code") == "VT-REQ-004");
        CHECK(problem.at("errors").as_array().size() == 1);
    }
    CHECK(code(api, patch(api, video, "[")) == "VT-REQ-002");
    Request text = TestApi::asking(Method::patch, "/v1/videos/" + video.id.text());
    CHECK(api.send(text, "text/plain", "{}").status == 415);
    CHECK(run(api.videos.find(video.id))->version == video.version);
}

TEST_CASE("If-Match lets only those change a video who have seen its latest version")
{
    TestApi api;
    const Video video = api.given_video("Cats");
    const std::string seen(api.get("/v1/videos/" + video.id.text()).headers.get("ETag"));
    Response first = patch(api, video, R"({"title":"Dogs"})", seen);
    REQUIRE(first.status == 200);
    const std::string newer(first.headers.get("ETag"));
    CHECK(code(api, patch(api, video, R"({"title":"Birds"})", seen)) == "VT-VID-002");
    CHECK(patch(api, video, R"({"title":"Birds"})", "\"other\", " + newer).status == 200);
    CHECK(patch(api, video, R"({"title":"Fish"})", "*").status == 200);

    Request remove = TestApi::asking(Method::del, "/v1/videos/" + video.id.text());
    remove.headers.set("If-Match", seen);
    CHECK(api.answer(remove).status == 412);
    remove.headers.set("If-Match", "*");
    CHECK(api.answer(remove).status == 204);
    CHECK(api.answer(remove).status == 404);
    CHECK(code(api, patch(api, video, R"({"title":"Ghost"})", "*")) == "VT-VID-001");
}

TEST_CASE("where access is closed, every URL in an answer carries the video's signature")
{
    TestApi api;
    api.urls = VideoUrlMaker(&api.media_urls);
    Response response = api.upload(form(), "/v1/videos");
    const json::value video = api.json(std::move(response));
    const auto id = VideoId::parse(json::value_to<std::string>(video.at("id")));
    const std::string signature = "?s=" + run(api.media_urls.signer())->sign(*id);
    for (const char* member : {"source_url", "thumbnail_url", "small_thumbnail_url"})
        CHECK(video.at(member).as_string().ends_with(signature));
    CHECK(api.json(api.get("/api/videos")).at(0).at("s3_url").as_string().ends_with(signature));
}
