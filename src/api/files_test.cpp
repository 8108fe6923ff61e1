#include "api/api_fixture.hpp"

using namespace vitrina;
namespace json = boost::json;

namespace {

struct Uploaded {
    TestApi api;
    json::value video =
        api.json(api.upload(FormText{}.field("title", "Vacación 50%/x").file("the bytes"), "/v1/videos"));

    std::string target(const char* member) const
    {
        return json::value_to<std::string>(video.at(member)).substr(std::string_view("http://host:5000").size());
    }
};

} // namespace

TEST_CASE("the original and the pictures, each with its type, tag and safety")
{
    Uploaded given;
    Response original = given.api.get(given.target("source_url"));
    REQUIRE(original.status == 200);
    const auto& content = std::get<Content>(original.body);
    CHECK(content.type == "video/mp4");
    CHECK(content.etag == '"' + json::value_to<std::string>(given.video.at("sha256")) + '"');
    CHECK(content.modified > 0);
    CHECK(original.headers.get("Content-Security-Policy") == "sandbox");
    CHECK(original.headers.get("Cross-Origin-Resource-Policy") == "cross-origin");
    CHECK(text_of(original) == "the bytes");

    Response picture = given.api.get(given.target("thumbnail_url"));
    CHECK(std::get<Content>(picture.body).type == "image/jpeg");
    CHECK(text_of(picture) == "large picture");
    Response small = given.api.get(given.target("small_thumbnail_url"));
    CHECK(text_of(small) == "small picture");
    CHECK(std::get<Content>(small.body).etag != std::get<Content>(picture.body).etag);
}

TEST_CASE("a download is named after the title, and otherwise it is shown")
{
    Uploaded given;
    const Response shown = given.api.get(given.target("source_url"));
    CHECK(shown.headers.get("Content-Disposition").starts_with("inline"));
    const Response download = given.api.get(given.target("source_url") + "?download=1");
    const std::string_view disposition = download.headers.get("Content-Disposition");
    CHECK(disposition.starts_with("attachment;"));
    CHECK(disposition.find("filename*=UTF-8''Vacaci%C3%B3n") != std::string_view::npos);
}

TEST_CASE("nothing else is there, and nothing at all once the video is deleted")
{
    Uploaded given;
    const std::string id = json::value_to<std::string>(given.video.at("id"));
    for (const std::string& name :
         {std::string("original"), std::string("original.mkv"), std::string("x"), std::string("..")})
        CHECK(given.api.get("/files/" + id + '/' + name).status == 404);
    CHECK(given.api.get("/files/not-an-id/thumbnail.jpg").status == 404);
    CHECK(given.api.get("/files/00000000-0000-7000-8000-000000000000/thumbnail.jpg").status == 404);

    REQUIRE(given.api.del("/v1/videos/" + id).status == 204);
    for (const char* member : {"source_url", "thumbnail_url", "small_thumbnail_url"})
        CHECK(given.api.get(given.target(member)).status == 404);
}

TEST_CASE("whatever a video claims to be, it is served as media or as bytes, never as a page")
{
    TestApi api;
    const VideoId id = VideoId::make(api.clock.now());
    for (const char* type : {"text/html", "image/svg+xml", "application/javascript", ""}) {
        CAPTURE(type);
        const VideoId other = VideoId::make(api.clock.now());
        NewVideo entry{.id = other,
                       .title = "x",
                       .source_key = make_source_key(other, "html"),
                       .content_type = type,
                       .sha256 = std::string(64, 'a'),
                       .size = 1};
        auto add = [&]() -> Task<> {
            auto writer = co_await api.store->create(entry.source_key);
            const std::string bytes = "x";
            co_await writer->write(std::as_bytes(std::span(bytes)));
            co_await writer->finish();
            auto transaction = co_await api.db->begin();
            co_await api.videos.add(*transaction, entry);
            co_await transaction->commit();
        };
        run(add());
        const Response response = api.get("/files/" + other.text() + "/original.html");
        REQUIRE(response.status == 200);
        CHECK(std::get<Content>(response.body).type == "application/octet-stream");
    }
    CHECK(api.get("/files/" + id.text() + "/original.html").status == 404);
}
