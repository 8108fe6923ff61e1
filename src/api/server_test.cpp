#include "api/api_fixture.hpp"

#include "api/hooks.hpp"
#include "http/test_server.hpp"

using namespace vitrina;
using testing::TestServer;

namespace {

// Everything together, on a socket.
struct Served : TestApi {
    explicit Served(Access access = Access::open) : control({access, ""}, tokens, media_urls)
    {
        if (access == Access::tokens)
            urls = VideoUrlMaker(&media_urls);
    }

    std::vector<Route> all_routes()
    {
        std::vector<Route> all;
        for (auto routes : {contract.routes(), v1.routes(), files.routes(), health.routes(), metrics.routes(),
                            page.page(), page.description()})
            all.insert(all.end(), routes.begin(), routes.end());
        return all;
    }
    std::string says(std::string_view head, std::string_view body = {})
    {
        return server.says(std::string(head) + "\r\nHost: host:5000\r\nConnection: close\r\n\r\n" + std::string(body));
    }

    Tokens tokens{*db, clock};
    AccessControl control;
    RateLimiter limiter{0};
    Cors cors{"*"};
    Metrics metrics;
    Health health{*db, *store, clock};
    Page page{{Access::open, ""}};
    TestServer server{all_routes(), make_hooks(control, limiter, cors, metrics)};
};

std::string upload_head(const FormText& form)
{
    return "POST /api/videos/upload HTTP/1.1\r\nContent-Type: " + form.type() +
           "\r\nContent-Length: " + std::to_string(form.body().size());
}

} // namespace

TEST_CASE("a video's way in and out, through sockets")
{
    Served served;
    const FormText form = FormText{}.field("title", "Cats").file("the bytes of a film");
    const std::string created = served.says(upload_head(form), form.body());
    REQUIRE(created.starts_with("HTTP/1.1 201 "));
    const std::size_t at = created.find("http://host:5000/files/");
    REQUIRE(at != std::string::npos);
    const std::string path = created.substr(at + 16, created.find('"', at) - at - 16);

    CHECK(served.says("GET /api/videos HTTP/1.1").find("\"title\":\"Cats\"") != std::string::npos);
    const std::string part = served.says("GET " + path + " HTTP/1.1\r\nRange: bytes=4-8");
    CHECK(part.starts_with("HTTP/1.1 206 "));
    CHECK(part.find("Content-Range: bytes 4-8/19") != std::string::npos);
    CHECK(part.ends_with("\r\n\r\nbytes"));
    CHECK(served.says("HEAD " + path + " HTTP/1.1").find("Content-Length: 19") != std::string::npos);
    CHECK(served.says("GET /metrics HTTP/1.1").find("route=\"/files/{id}/{name}\",method=\"HEAD\"") !=
          std::string::npos);
}

TEST_CASE("the server's own refusals come in the words of the surface, open to other origins")
{
    Served served;
    const std::string lost = served.says("GET /api/nothing HTTP/1.1\r\nOrigin: https://app.example");
    CHECK(lost.starts_with("HTTP/1.1 404 "));
    CHECK(lost.find("Access-Control-Allow-Origin: *") != std::string::npos);
    CHECK(lost.find("\r\n\r\n{\"error\":\"") != std::string::npos);
    CHECK(served.says("GET /v1/nothing HTTP/1.1").find("\"code\":\"VT-HTTP-404\"") != std::string::npos);

    const std::string method = served.says("DELETE /api/videos HTTP/1.1");
    CHECK(method.starts_with("HTTP/1.1 405 "));
    CHECK(method.find("Allow: GET, HEAD, OPTIONS") != std::string::npos);
    const std::string preflight = served.says("OPTIONS /v1/videos HTTP/1.1\r\nOrigin: https://app.example\r\n"
                                              "Access-Control-Request-Method: POST");
    CHECK(preflight.starts_with("HTTP/1.1 204 "));
    CHECK(preflight.find("Access-Control-Allow-Methods: ") != std::string::npos);
}

TEST_CASE("where access is closed, a token opens the list and the list's URLs open the file")
{
    Served served(Access::tokens);
    CHECK(served.says("GET /api/videos HTTP/1.1").starts_with("HTTP/1.1 401 "));
    CHECK(served.says("GET /health HTTP/1.1").starts_with("HTTP/1.1 200 "));
    const FormText form = FormText{}.field("title", "Cats").file("bytes");
    CHECK(served.says(upload_head(form), form.body()).starts_with("HTTP/1.1 401 "));
    CHECK(served.stored_keys().empty());

    const std::string token = run(served.tokens.make({"app", {Permission::write}, {}})).text.reveal();
    const std::string created = served.says(upload_head(form) + "\r\nAuthorization: Bearer " + token, form.body());
    REQUIRE(created.starts_with("HTTP/1.1 201 "));
    const std::size_t at = created.find("http://host:5000/files/");
    const std::string path = created.substr(at + 16, created.find('"', at) - at - 16);
    CHECK(served.says("GET " + path + " HTTP/1.1").starts_with("HTTP/1.1 200 "));
    CHECK(served.says("GET " + path.substr(0, path.find('?')) + " HTTP/1.1").starts_with("HTTP/1.1 401 "));
}
