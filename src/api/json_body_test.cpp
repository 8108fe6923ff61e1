#include "api/json_body.hpp"

#include <boost/json/value.hpp>
#include <doctest/doctest.h>
#include <rapidcheck.h>

using namespace vitrina;

namespace {

Request with_body(std::string body, std::string type = "application/json")
{
    Request request;
    request.headers.add("Content-Type", std::move(type));
    request.body = std::move(body);
    return request;
}

JsonBody body_of(std::string text)
{
    auto body = JsonBody::parse(with_body(std::move(text)));
    REQUIRE(body);
    return std::move(*body);
}

std::vector<std::string> mistakes(const JsonBody& body)
{
    std::vector<std::string> found;
    const auto checked = body.check();
    if (!checked) {
        for (const FieldError& error : checked.error().errors)
            found.push_back(error.pointer + " " + error.detail);
    }
    return found;
}

} // namespace

TEST_CASE("members are read by type; absent ones are nothing")
{
    JsonBody body = body_of(R"({"title":"Año","tags":["a","b"],"on":true})");
    CHECK(body.text("title", 3) == "Año");
    CHECK(body.texts("tags", 2, 1) == std::vector<std::string>{"a", "b"});
    CHECK(body.boolean("on") == true);
    CHECK_FALSE(body.text("absent", 3));
    CHECK(body.check());
}

TEST_CASE("every mistake is named at its place, unknown members included")
{
    JsonBody body = body_of(R"({"title":7,"tags":["ok",8,"too long"],"a/b":0})");
    body.text("title", 255);
    body.texts("tags", 10, 3);
    body.require("id");
    CHECK(mistakes(body) == std::vector<std::string>{
                                "/title must be a string",
                                "/tags/1 must be a string",
                                "/tags/2 must have at most 3 characters",
                                "/id is required",
                                "/a~1b is not a known member",
                            });
}

TEST_CASE("what is not one JSON object is refused")
{
    for (const char* text : {"", "[]", "7", "null", "{", "{\"a\":1}x", "{\"a\":1,\"a\":2}", "{\"\\u0061\":1,\"a\":2}",
                             "{'a':1}", "{\"a\":NaN}", "\xff", "{\"a\":\"\xff\"}"}) {
        CAPTURE(text);
        const auto body = JsonBody::parse(with_body(text));
        REQUIRE_FALSE(body);
        CHECK(body.error().code == "VT-REQ-002");
    }
    const std::string deep = "{\"a\":" + std::string(10'000, '[') + std::string(10'000, ']') + "}";
    CHECK_FALSE(JsonBody::parse(with_body(deep)));
}

TEST_CASE("the media type is JSON or the one the route names")
{
    CHECK(JsonBody::parse(with_body("{}", "Application/JSON; charset=utf-8")));
    CHECK(JsonBody::parse(with_body("{}", "application/merge-patch+json"), "application/merge-patch+json"));
    CHECK(JsonBody::parse(with_body("{}", "application/merge-patch+json")).error().kind ==
          FaultKind::unsupported_media);
    CHECK(JsonBody::parse(with_body("{}", "text/plain")).error().kind == FaultKind::unsupported_media);
    CHECK(JsonBody::parse(Request{}).error().kind == FaultKind::unsupported_media);
}

TEST_CASE("any bytes are read or refused")
{
    CHECK(rc::check("no crash", [](const std::string& text) {
        auto body = JsonBody::parse(with_body(text));
        if (body)
            (void)body->check();
    }));
}
