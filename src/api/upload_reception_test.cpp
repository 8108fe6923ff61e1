#include "api/api_fixture.hpp"

using namespace vitrina;
namespace json = boost::json;

namespace {

FormText form(std::string_view title = "Cats", std::string_view bytes = "bytes")
{
    return FormText{}.field("title", title).file(bytes);
}

std::string id_in(TestApi& api, Response response)
{
    REQUIRE(response.status == 201);
    return json::value_to<std::string>(api.json(std::move(response)).at("id"));
}

std::size_t count_of(TestApi& api)
{
    return api.all().size();
}

} // namespace

TEST_CASE("the same upload with the same key is one video, on either surface, whatever its boundary")
{
    for (const char* target : {"/api/videos/upload", "/v1/videos"}) {
        CAPTURE(target);
        TestApi api;
        const std::string first = id_in(api, api.upload(form(), target, "key"));
        FormText again;
        again.boundary = "another-boundary";
        again.file("bytes").field("title", "Cats");
        Response replayed = api.upload(again, target, "key");
        CHECK(replayed.headers.get("Idempotency-Replayed") == "true");
        CHECK(replayed.headers.get("Location").empty() == (std::string_view(target) != "/v1/videos"));
        CHECK(id_in(api, std::move(replayed)) == first);
        CHECK(count_of(api) == 1);
        CHECK(id_in(api, api.upload(form(), target, "another-key")) != first);
        CHECK(id_in(api, api.upload(form(), target)) != first);
    }
}

TEST_CASE("another upload under the same key is refused: other words, other bytes")
{
    TestApi api;
    id_in(api, api.upload(form(), "/v1/videos", "key"));
    CHECK(api.upload(form("Dogs"), "/v1/videos", "key").status == 422);
    CHECK(api.upload(form("Cats", "other"), "/v1/videos", "key").status == 422);
    CHECK(count_of(api) == 1);
}

TEST_CASE("a refusal leaves the key free")
{
    TestApi api;
    CHECK(api.upload(form(""), "/v1/videos", "key").status == 400);
    CHECK(api.upload(form("Cats", ""), "/v1/videos", "key").status == 415);
    id_in(api, api.upload(form(), "/v1/videos", "key"));
}

TEST_CASE("while the first is under way, a second with its key waits outside")
{
    TestApi api;
    Request request = TestApi::asking(Method::post, "/v1/videos");
    request.headers.set("Idempotency-Key", "key");
    const auto scope = idempotency_scope(request, "/v1/videos");
    run(api.keys.claim(**scope, "somebody", ""));
    Response response = api.upload(form(), "/v1/videos", "key");
    CHECK(response.status == 409);
    CHECK(response.headers.get("Retry-After") == "1");
    CHECK(api.stored_keys().empty());
}

TEST_CASE("U6: the process died before it could record its answer: the next one finds what was made, or makes it")
{
    TestApi api;
    Request request = TestApi::asking(Method::post, "/v1/videos");
    request.headers.set("Idempotency-Key", "key");
    const auto scope = idempotency_scope(request, "/v1/videos");

    SUBCASE("after the video was made")
    {
        const std::string made = id_in(api, api.upload(form(), "/v1/videos"));
        run(api.keys.claim(**scope, made, ""));
        api.clock.advance(IdempotencyKeys::lease);
        CHECK(api.upload(form("Dogs"), "/v1/videos", "key").status == 422);
        CHECK(id_in(api, api.upload(form(), "/v1/videos", "key")) == made);
        CHECK(id_in(api, api.upload(form(), "/v1/videos", "key")) == made); // recorded now
        CHECK(count_of(api) == 1);
    }
    SUBCASE("after the video was made, and the next client goes away half way")
    {
        const std::string made = id_in(api, api.upload(form(), "/v1/videos"));
        run(api.keys.claim(**scope, made, ""));
        api.clock.advance(IdempotencyKeys::lease);
        ArrivingBody arriving(form().text, 16, true);
        Request broken = request;
        broken.headers.add("Content-Type", form().type());
        broken.stream = &arriving;
        CHECK_THROWS_AS(api.answer(broken), Disconnected);
        CHECK(id_in(api, api.upload(form(), "/v1/videos", "key")) == made);
        CHECK(count_of(api) == 1);
    }
    SUBCASE("before the video was made")
    {
        run(api.keys.claim(**scope, Uuid::make(api.clock.now()).text(), ""));
        api.clock.advance(IdempotencyKeys::lease);
        const std::string made = id_in(api, api.upload(form(), "/v1/videos", "key"));
        CHECK(id_in(api, api.upload(form(), "/v1/videos", "key")) == made);
        CHECK(count_of(api) == 1);
    }
}

TEST_CASE("a key that is none is refused before anything is read")
{
    TestApi api;
    for (const std::string& key : {std::string("a b"), std::string("\xC3\xB1"), std::string(256, 'k')})
        CHECK(api.upload(form(), "/v1/videos", key).status == 400);
    CHECK(api.stored_keys().empty());
}

TEST_CASE("the metrics know how uploads ended")
{
    TestApi api;
    id_in(api, api.upload(form()));
    CHECK(api.upload(form("")).status == 400);
    CHECK(api.reception.counters().completed == 1);
    CHECK(api.reception.counters().refused == 1);
    CHECK(api.reception.counters().bytes_acknowledged == 5); // not those that were refused
    CHECK(api.reception.counters().finalize.times == 1);
    CHECK(api.reception.counters().finalize.seconds() > 0);
    CHECK(api.reception.counters().active == 0);
}
