#include "api/page/page.hpp"

#include "api/embedded.hpp"
#include "unit/run.hpp"

#include <algorithm>
#include <doctest/doctest.h>

using namespace vitrina;

namespace {

Request asking(std::string path, std::string accept_language = {}, std::string query = {})
{
    Request request;
    request.path = std::move(path);
    request.query = std::move(query);
    request.base_url = "http://127.0.0.1:5000";
    request.headers.add("Accept-Language", std::move(accept_language));
    return request;
}

Response page(const Request& request)
{
    Page page({Access::open, ""});
    for (const auto& routes : {page.page(), page.description()}) {
        if (routes.front().pattern == request.path)
            return run(routes.front().handler(request));
    }
    FAIL("no such route");
    return {};
}

} // namespace

TEST_CASE("the language: what was asked for, then what the browser prefers, then English")
{
    const auto language = [](std::string accept, std::string query = {}) {
        return language_of(asking("/", std::move(accept), std::move(query)));
    };
    CHECK(language("") == Language::english);
    CHECK(language("es-ES,es;q=0.9,en;q=0.8") == Language::spanish);
    CHECK(language("en-US,en;q=0.9,es;q=0.8") == Language::english);
    CHECK(language("fr, es;q=0.5") == Language::spanish);
    CHECK(language("en;q=0.2, es;q=0.7") == Language::spanish);
    CHECK(language("de") == Language::english);
    CHECK(language("es", "lang=en") == Language::english);
    CHECK(language(";;;,q=,=", "lang=xx") == Language::english);
}

TEST_CASE("the page is whole, in either language, and lets nothing in that is not its own")
{
    for (const char* language : {"en", "es"}) {
        CAPTURE(language);
        const Response response = page(asking("/", language));
        const auto& html = std::get<std::string>(response.body);
        CHECK(html.find(std::string("<html lang=\"") + language + "\">") != std::string::npos);
        CHECK(html.find("{{") == std::string::npos);
        CHECK(html.find("POST /api/videos/upload") != std::string::npos);
        CHECK(html.find("http://127.0.0.1:5000/api/videos/upload") != std::string::npos);
        CHECK(html.find(" style=") == std::string::npos);   // the policy would ignore it
        CHECK(html.find(" onclick=") == std::string::npos); // and this
        const std::string_view csp = response.headers.get("Content-Security-Policy");
        CHECK(csp.find("default-src 'none'; script-src 'sha256-") == 0);
        CHECK(csp.find("unsafe") == std::string_view::npos);
        CHECK(csp == "default-src 'none'; script-src " + csp_hashes(html, "script") + "; style-src " +
                         csp_hashes(html, "style") +
                         "; img-src 'self' data:; media-src 'self'; connect-src 'self'; form-action 'self'; "
                         "base-uri 'none'; frame-ancestors 'none'");
    }
}

TEST_CASE("a base URL from a Host header cannot become markup")
{
    Request request = asking("/");
    request.base_url = "http://\"><script>alert(1)</script>";
    const Response response = page(request);
    CHECK(std::get<std::string>(response.body).find("<script>alert") == std::string::npos);
}

TEST_CASE("the hashes are those a browser computes")
{
    // echo -n 'alert(1)' | openssl dgst -sha256 -binary | base64
    CHECK(csp_hashes("<script>alert(1)</script>", "script") == "'sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI='");
    CHECK(csp_hashes("<p>none</p>", "script") == "");
}

TEST_CASE("every endpoint of the description is on the page, with a sentence in both languages")
{
    const auto endpoints = endpoints_of(embedded::openapi_yaml);
    CHECK(endpoints.size() > 20);
    for (const Endpoint& endpoint : endpoints) {
        CAPTURE(endpoint.method + ' ' + endpoint.path);
        CHECK(endpoint.summary.size() > 10);
        CHECK(endpoint.resumen.size() > 10);
        CHECK(endpoint.summary != endpoint.resumen);
    }
    CHECK(std::ranges::any_of(endpoints,
                              [](const Endpoint& e) { return e.method == "PATCH" && e.path == "/v1/videos/{id}"; }));
}

TEST_CASE("the description is served as it is, and known by its tag")
{
    const Response first = page(asking("/v1/openapi.yaml"));
    CHECK(*std::get<SharedBody>(first.body) == embedded::openapi_yaml);
    Request again = asking("/v1/openapi.yaml");
    again.headers.add("If-None-Match", std::string(first.headers.get("ETag")));
    CHECK(page(again).status == 304);
}
