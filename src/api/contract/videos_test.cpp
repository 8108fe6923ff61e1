#include "api/api_fixture.hpp"

#include <set>

using namespace vitrina;
using namespace std::chrono_literals;
namespace json = boost::json;

namespace {

FormText form(std::string_view title = "Cats")
{
    return FormText{}.field("title", title).field("tags", R"(["a","b"])").file("not really a video");
}

std::vector<std::string> titles(const json::value& list)
{
    std::vector<std::string> found;
    for (const json::value& video : list.as_array())
        found.push_back(json::value_to<std::string>(video.at("title")));
    return found;
}

} // namespace

TEST_CASE("an upload answers with the eleven members, and is listed just so")
{
    TestApi api;
    Response response = api.upload(form().field("description", "sun"));
    REQUIRE(response.status == 201);
    const json::value video = api.json(std::move(response));
    const std::set<std::string> expected{
        "id",          "title",    "description",  "file_path",          "s3_url", "thumbnail_path", "tags",
        "upload_date", "duration", "is_published", "published_platforms"};
    std::set<std::string> members;
    for (const auto& member : video.as_object())
        members.insert(std::string(member.key()));
    CHECK(members == expected);
    CHECK(video.at("title") == "Cats");
    CHECK(video.at("description") == "sun");
    CHECK(video.at("duration") == 61);
    CHECK(video.at("tags") == json::array({"a", "b"}));
    CHECK(video.at("is_published") == false);
    CHECK(video.at("thumbnail_path").as_string().starts_with("http://host:5000/files/"));
    CHECK(api.json(api.get("/api/videos")) == json::array({video}));
}

TEST_CASE("parts come in any order, cut anywhere")
{
    TestApi api;
    for (const std::size_t block : {1, 2, 3, 7, 64, 10'000}) {
        CAPTURE(block);
        api.block = block;
        Response response = api.upload(FormText{}.file("bytes").field("tags", "[]").field("title", " Last "));
        REQUIRE(response.status == 201);
        CHECK(api.json(std::move(response)).at("title") == "Last");
    }
}

TEST_CASE("refusals in the words of the contract, and nothing is left")
{
    struct Case {
        FormText form;
        int status;
        std::string_view message; // "" for any
    };
    const std::vector<Case> cases{
        {FormText{}.field("title", "x"), 400, "No video file provided"},
        {FormText{}, 400, "No video file provided"},
        {FormText{}.field("title", "x").field("video", "a text"), 400, "No video file provided"},
        {FormText{}.field("title", "x").file("", ""), 400, "No video file provided"},
        {FormText{}.file("bytes"), 400, "Title is required"},
        {FormText{}.field("title", "  ").file("bytes"), 400, "Title is required"},
        {FormText{}.file("bytes").field("title", ""), 400, "Title is required"},
        {FormText{}.field("title", std::string(256, 'x')).file("bytes"), 400, ""},
        {FormText{}.field("title", std::string(200'000, 'x')).file("bytes"), 400, ""},
        {FormText{}.field("title", "x").file("bytes").field("tags", "nonsense"), 400, ""},
        {FormText{}.field("title", "x").file("bytes").field("tags", "[1]"), 400, ""},
        {FormText{}.field("title", "x").file("bytes").file("more"), 400, ""},
        {FormText{}.field("title", "x").file(""), 415, ""},
        {FormText{}.field("title", "x").file(std::string(1'000'001, 'x')), 413, ""},
    };
    TestApi api;
    for (const Case& one : cases) {
        CAPTURE(one.form.text.substr(0, 300));
        Response response = api.upload(one.form);
        CHECK(response.status == one.status);
        const std::string message = api.error(std::move(response));
        CHECK(message.size() > 5);
        if (!one.message.empty())
            CHECK(message == one.message);
    }
    CHECK(api.stored_keys().empty());
    CHECK(titles(api.json(api.get("/api/videos"))).empty());
}

TEST_CASE("a file that is no media is refused while the client waits, and leaves nothing")
{
    TestApi api;
    api.inspector.answer = [] { return Result<MediaFacts>(ScriptedInspector::refusal()); };
    Response response = api.upload(form());
    CHECK(response.status == 415);
    CHECK(api.error(std::move(response)).size() > 5);
    CHECK(api.get("/api/videos").status == 200);
    CHECK(titles(api.json(api.get("/api/videos"))).empty());
    CHECK(api.stored_keys().empty());
}

TEST_CASE("a body of another type is 415; a form without a boundary, cut short or broken is 400")
{
    TestApi api;
    const auto sent = [&](std::string type, std::string body) {
        return api.send(TestApi::asking(Method::post, "/api/videos/upload"), std::move(type), std::move(body)).status;
    };
    CHECK(sent("application/json", "{}") == 415);
    CHECK(sent("", "") == 415);
    CHECK(sent("multipart/form-data", "--x--\r\n") == 400);
    const FormText whole = form();
    CHECK(sent(whole.type(), whole.text) == 400);
    CHECK(sent(whole.type(), whole.text.substr(0, whole.text.size() / 2)) == 400);
    CHECK(sent(whole.type(), "--a-boundary\r\nno header\r\n\r\nx\r\n--a-boundary--\r\n") == 400);
    CHECK(api.stored_keys().empty());
}

TEST_CASE("a client that goes away leaves nothing")
{
    TestApi api;
    const std::string body = form().body();
    for (std::size_t cut = 0; cut < body.size(); cut += 11) {
        CAPTURE(cut);
        ArrivingBody arriving(body.substr(0, cut), 16, true);
        Request request = TestApi::asking(Method::post, "/api/videos/upload");
        request.headers.add("Content-Type", form().type());
        request.headers.add("Idempotency-Key", "key");
        request.stream = &arriving;
        CHECK_THROWS_AS(api.answer(request), Disconnected);
    }
    CHECK(api.stored_keys().empty());
    CHECK(api.reception.counters().active == 0);
    CHECK(api.upload(form(), "/api/videos/upload", "key").status == 201); // the key is free again
}

TEST_CASE("newest first, by title, by search, by tag, by date")
{
    TestApi api;
    for (const char* title : {"Zebra", "apple", "Éclair"})
        REQUIRE(api.upload(FormText{}.field("title", title).field("tags", R"(["food"])").file("bytes")).status == 201);
    const auto listed = [&](std::string_view query) {
        return titles(api.json(api.get("/api/videos?" + std::string(query))));
    };
    using Titles = std::vector<std::string>;
    CHECK(listed("") == Titles{"Éclair", "apple", "Zebra"});
    CHECK(listed("sort_by=whatever") == Titles{"Éclair", "apple", "Zebra"});
    CHECK(listed("sort_by=title") == Titles{"apple", "Éclair", "Zebra"});
    CHECK(listed("search=eclair") == Titles{"Éclair"});
    CHECK(listed("tag=food&tag=none") == Titles{});
    CHECK(listed("to=2020-01-01") == Titles{});
    const std::string day = rfc3339(api.clock.now()).substr(0, 10);
    CHECK(listed("from=" + day + "&to=" + day).size() == 3);
    CHECK(api.get("/api/videos?from=yesterday").status == 400);
    CHECK(api.get("/api/videos?limit=0").status == 400);
    CHECK(api.get("/api/videos?limit=1&cursor=made-up").status == 400);
}

TEST_CASE("pages are opt-in, and linked")
{
    TestApi api;
    for (int i = 0; i < 7; ++i)
        api.given_video("Video & " + std::to_string(i), "", {"t"});
    std::vector<std::string> seen;
    std::string target = "/api/videos?limit=3&tag=t&search=%26";
    while (!target.empty()) {
        Response page = api.get(target);
        REQUIRE(page.status == 200);
        const std::string link(page.headers.get("Link"));
        for (const std::string& title : titles(api.json(std::move(page))))
            seen.push_back(title);
        target.clear();
        if (!link.empty()) {
            REQUIRE(link.starts_with("<http://host:5000/api/videos?"));
            CHECK(link.ends_with("; rel=\"next\""));
            target = link.substr(17, link.find('>') - 17);
        }
    }
    CHECK(seen.size() == 7);
    CHECK(seen.front() == "Video & 6");
    CHECK(seen.back() == "Video & 0");
}

TEST_CASE("a library of any size is one array, also where it is too large to be remembered")
{
    TestApi api;
    CHECK(text_of(*std::make_unique<Response>(api.get("/api/videos"))) == "[]");
    const std::string long_text(15'000, 'x');
    for (int i = 0; i < 120; ++i)
        api.given_video("Video " + std::to_string(i), long_text);
    Response response = api.get("/api/videos");
    CHECK(std::holds_alternative<PieceSource>(response.body));
    const auto all = titles(api.json(std::move(response)));
    CHECK(all.size() == 120);
    CHECK(std::set(all.begin(), all.end()).size() == 120);
}

TEST_CASE("an answer is remembered until something changes")
{
    TestApi api;
    api.given_video("One");
    // On a PostgreSQL server that other tests use as well, a commit of theirs may come between the two: it changes the
    // version that answers are remembered by.
    bool remembered = false;
    for (int tries = 0; tries < 100 && !remembered; ++tries) {
        const Response first = api.get("/api/videos");
        const Response second = api.get("/api/videos");
        remembered = std::get<SharedBody>(first.body) == std::get<SharedBody>(second.body);
    }
    CHECK(remembered);
    api.given_video("Two");
    CHECK(titles(api.json(api.get("/api/videos"))).size() == 2);
}

TEST_CASE("deleting: once 200, then 404, as for an id that is none")
{
    TestApi api;
    const Video video = api.given_video("Short life");
    Response gone = api.del("/api/videos/" + video.id.text());
    CHECK(gone.status == 200);
    CHECK(api.json(std::move(gone)) == json::object({{"message", "Video deleted successfully"}}));
    for (const std::string& id :
         {video.id.text(), std::string("1"), std::string("not-a-uuid"), Uuid::make(api.clock.now()).text()}) {
        CAPTURE(id);
        Response missing = api.del("/api/videos/" + id);
        CHECK(missing.status == 404);
        CHECK(api.error(std::move(missing)) == "Video not found");
    }
    CHECK(titles(api.json(api.get("/api/videos"))).empty());
}
