#include "http/content_disposition.hpp"
#include "http/form.hpp"
#include "http/media_type.hpp"
#include "http/request.hpp"
#include "http/router.hpp"
#include "http/trusted_proxies.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

using namespace vitrina;

TEST_CASE("headers are found whatever their case, and replaced whole")
{
    Headers headers;
    headers.add("Accept", "a");
    headers.add("ACCEPT", "b");
    CHECK(headers.find("accept") == "a");
    CHECK_FALSE(headers.find("accep"));
    headers.set("aCCept", "c");
    CHECK(headers.find("Accept") == "c");
    CHECK(std::distance(headers.begin(), headers.end()) == 1);
}

TEST_CASE("query values are decoded")
{
    Request request;
    request.query = "search=a+b%26c&&tag=x&tag=y&flag&broken=%zz";
    CHECK(request.query_value("search") == "a b&c");
    CHECK(request.query_values("tag") == std::vector<std::string>{"x", "y"});
    CHECK(request.query_value("flag") == "");
    CHECK(request.query_value("broken") == "%zz");
    CHECK_FALSE(request.query_value("missing"));
    CHECK_THROWS_AS(request.parameter("id"), std::logic_error);
}

TEST_CASE("forms come back as they were")
{
    CHECK(rc::check("parse undoes encode", [](const FormFields& fields) {
        std::string text;
        for (const auto& [name, value] : fields)
            text += (text.empty() ? "" : "&") + form_encode(name) + "=" + form_encode(value);
        RC_ASSERT(parse_form(text) == std::optional(fields));
    }));
    CHECK_FALSE(parse_form("a&b&c", 2));
}

TEST_CASE("media types and their parameters")
{
    const auto type = MediaType::parse("Text/HTML ; Charset=\"utf-8\"; q=1;");
    REQUIRE(type);
    CHECK(type->type == "text/html");
    CHECK(type->parameter("charset") == "utf-8");
    CHECK(type->parameter("q") == "1");
    CHECK_FALSE(type->parameter("boundary"));
    for (const char* bad :
         {"", "text", "text/", "/html", "text/html; charset", "text/html; a=\"b", "text/html x", "te xt/a"})
        CHECK_FALSE(MediaType::parse(bad));
}

TEST_CASE("download names: plain for old clients, true for the others")
{
    CHECK(attachment("cat.mp4") == "attachment; filename=\"cat.mp4\"");
    CHECK(attachment("ni\xc3\xb1o \"1\".mp4") ==
          "attachment; filename=\"ni_o _1_.mp4\"; filename*=UTF-8''ni%C3%B1o%20%221%22.mp4");
    CHECK(inline_disposition("../a\r\nb") == "inline; filename=\".._a__b\"");
}

TEST_CASE("routes: a literal goes before a parameter")
{
    const auto route = [](Method method, std::string pattern) { return Route{method, std::move(pattern), {}}; };
    Router router({route(Method::get, "/v1/videos"), route(Method::get, "/v1/videos/{id}"),
                   route(Method::del, "/v1/videos/{id}"), route(Method::get, "/v1/videos/trash"),
                   route(Method::get, "/v1/videos/{video}/files/{file}"), route(Method::get, "/")});
    const auto pattern = [&](Method method, std::string_view path) {
        const auto match = router.find(method, path);
        return match.route ? match.route->pattern : "(" + match.allow + ")";
    };
    CHECK(pattern(Method::get, "/") == "/");
    CHECK(pattern(Method::get, "/v1/videos") == "/v1/videos");
    CHECK(pattern(Method::get, "/v1/videos/") == "()");
    CHECK(pattern(Method::get, "/v1/videos/trash") == "/v1/videos/trash");
    CHECK(pattern(Method::head, "/v1/videos/7") == "/v1/videos/{id}");
    CHECK(pattern(Method::post, "/v1/videos/7") == "(GET, HEAD, DELETE, OPTIONS)");
    CHECK(pattern(Method::get, "/v1/videos/trash/files/x") == "/v1/videos/{video}/files/{file}");
    CHECK(pattern(Method::get, "/v1/videos//files/x") == "()");
    CHECK(pattern(Method::get, "/v1") == "()");
    const auto match = router.find(Method::get, "/v1/videos/7/files/a.mp4");
    CHECK(match.parameters == PathParameters{{"video", "7"}, {"file", "a.mp4"}});
    CHECK_THROWS_AS(router.add(route(Method::get, "/v1/videos/{other}")), std::logic_error);
    CHECK_THROWS_AS(router.add(route(Method::get, "v1")), std::logic_error);
}

TEST_CASE("only proxies of ours may say who the client is")
{
    TrustedProxies proxies = TrustedProxies::loopback();
    CHECK(proxies.add("10.0.0.0/8"));
    CHECK(proxies.add("2001:db8::/33"));
    for (const char* bad : {"", "10.0.0.0/33", "here", "10.0.0", "::/129", "10.0.0.0/-1", "10.0.0.0/"})
        CHECK_FALSE(proxies.add(bad));
    CHECK(proxies.trusts("127.3.2.1"));
    CHECK(proxies.trusts("::ffff:10.1.1.1"));
    CHECK(proxies.trusts("2001:db8:7fff::1"));
    CHECK_FALSE(proxies.trusts("2001:db8:8000::1"));
    CHECK_FALSE(proxies.trusts("11.0.0.1"));
    CHECK_FALSE(proxies.trusts("unix:"));
    CHECK(proxies.client("127.0.0.1", "6.6.6.6, 203.0.113.9, 10.0.0.2") == "203.0.113.9");
    CHECK(proxies.client("203.0.113.1", "6.6.6.6") == "203.0.113.1");
    CHECK(proxies.client("127.0.0.1", "") == "127.0.0.1");
    CHECK(proxies.client("127.0.0.1", "evil, 10.0.0.2") == "10.0.0.2");
    CHECK(proxies.client("127.0.0.1", "[2001:db8:8000::1]:99") == "2001:db8:8000::1");
    CHECK(proxies.client("127.0.0.1", "203.0.113.9:99") == "203.0.113.9");
    CHECK_FALSE(TrustedProxies::none().trusts("127.0.0.1"));
}
