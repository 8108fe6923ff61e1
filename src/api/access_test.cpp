#include "api/access.hpp"

#include "api/api_fixture.hpp"
#include "api/health.hpp"
#include "api/metrics.hpp"
#include "api/page/page.hpp"

#include <map>
#include <set>

using namespace vitrina;

namespace {

struct Given : TestApi {
    Tokens tokens{*db, clock};
    AccessControl closed{{Access::tokens, ""}, tokens, media_urls};
    AccessControl open{{Access::open, ""}, tokens, media_urls};
    Health health{*db, *store, clock};
    Metrics metrics;
    Page page{{Access::tokens, ""}};
    Video video = given_video("Cats");

    std::string token(std::initializer_list<Permission> permissions)
    {
        return run(tokens.make({"test", permissions, {}})).text.reveal();
    }

    std::vector<Route> all_routes()
    {
        std::vector<Route> all;
        for (auto routes : {contract.routes(), v1.routes(), files.routes(), health.routes(), metrics.routes(),
                            page.page(), page.description()})
            all.insert(all.end(), routes.begin(), routes.end());
        return all;
    }

    // The status a request is turned away with; 200 when it may pass.
    int knock(AccessControl& access, const Route& route, const std::string& bearer, const std::string& query = {})
    {
        Request request = asking(route.method, "/");
        request.parameters = {{"id", video.id.text()}, {"name", "thumbnail.jpg"}};
        request.query = query;
        if (!bearer.empty())
            request.headers.add("Authorization", "Bearer " + bearer);
        const auto refused = run(access.admit(request, route));
        return refused ? refused->status : 200;
    }
};

} // namespace

TEST_CASE("every route × every scope: who may pass")
{
    Given given;
    struct Bearer {
        std::string name, token;
        Permissions permissions;
    };
    const std::vector<Bearer> bearers{
        {"read", given.token({Permission::read}), {Permission::read}},
        {"write", given.token({Permission::write}), {Permission::write}},
        {"publish", given.token({Permission::publish}), {Permission::publish}},
        {"admin", given.token({Permission::admin}), {Permission::admin}},
    };
    const std::map<Scope, Permission> needed{{Scope::media, Permission::read},
                                             {Scope::read, Permission::read},
                                             {Scope::write, Permission::write},
                                             {Scope::publish, Permission::publish},
                                             {Scope::admin, Permission::admin}};
    int writes = 0;
    for (const Route& route : given.all_routes()) {
        CAPTURE(route.pattern);
        const bool is_public = route.scope == Scope::anyone;
        CHECK(given.knock(given.closed, route, "") == (is_public ? 200 : 401));
        CHECK(given.knock(given.closed, route, "vt_wrong") == (is_public ? 200 : 401));
        CHECK(given.knock(given.open, route, "") == 200);
        for (const Bearer& bearer : bearers) {
            CAPTURE(bearer.name);
            const bool may = is_public || bearer.permissions.allow(needed.at(route.scope));
            CHECK(given.knock(given.closed, route, bearer.token) == (may ? 200 : 403));
        }
        const bool changes = route.method != Method::get && route.method != Method::head;
        if (changes) {
            ++writes;
            CHECK_FALSE(is_public);
            CHECK(given.knock(given.closed, route, bearers.front().token) == 403); // reading is not writing
        }
    }
    CHECK(writes >= 5);
}

TEST_CASE("only these are open to everyone where access is closed")
{
    Given given;
    std::set<std::string> open;
    for (const Route& route : given.all_routes()) {
        if (route.scope == Scope::anyone)
            open.insert(route.pattern);
    }
    CHECK(open == std::set<std::string>{"/", "/health", "/livez", "/readyz", "/v1/openapi.yaml"});
}

TEST_CASE("a signature opens the media of its video, and nothing else")
{
    Given given;
    const Route file = given.files.routes().front();
    const Route show = given.v1.routes().front();
    const std::string signature = run(given.media_urls.signer())->sign(given.video.id);
    CHECK(given.knock(given.closed, file, "", "s=" + signature) == 200);
    CHECK(given.knock(given.closed, file, "", "s=") == 401);
    CHECK(given.knock(given.closed, file, "", "s=" + signature + "A") == 401);
    CHECK(given.knock(given.closed, show, "", "s=" + signature) == 401);
    run(given.media_urls.revoke(given.video.id));
    CHECK(given.knock(given.closed, file, "", "s=" + signature) == 401);
}

TEST_CASE("a refusal says how to come in, and the caller is known by the token's id")
{
    Given given;
    const Route show = given.v1.routes().front();
    Request request = TestApi::asking(Method::get, "/v1/videos");
    auto refused = run(given.closed.admit(request, show));
    REQUIRE(refused);
    CHECK(refused->headers.get("WWW-Authenticate") == "Bearer realm=\"vitrina\"");

    const MadeToken made = run(given.tokens.make({"phone", {Permission::read}, {}}));
    for (const char* scheme : {"Bearer ", "bearer ", "BEARER   "}) {
        request = TestApi::asking(Method::get, "/v1/videos");
        request.headers.add("Authorization", scheme + made.text.reveal());
        CHECK_FALSE(run(given.closed.admit(request, show)));
        CHECK(request.caller == made.token.id.text());
    }
    request.headers.set("Authorization", "Basic dXNlcjpwYXNz");
    refused = run(given.closed.admit(request, show));
    REQUIRE(refused);
    CHECK(refused->status == 401);
    CHECK(given.closed.counters().bad_token == 1);
    CHECK(given.closed.counters().no_token == 1);
}

TEST_CASE("open to this machine: no pages of other sites at the accounts, nobody through an unknown gateway")
{
    Given given;
    AccessControl local{{Access::open, "", true}, given.tokens, given.media_urls};
    const Route admin{Method::post, "/v1/accounts", {}, Scope::admin};
    const Route upload{Method::post, "/api/videos/upload", {}, Scope::write};
    const auto status = [&](const Route& route, std::string origin, std::string host, std::string from) {
        Request request = TestApi::asking(route.method, route.pattern);
        request.headers.set("Host", std::move(host));
        if (!origin.empty())
            request.headers.set("Origin", std::move(origin));
        request.remote_address = std::move(from);
        const auto refused = run(local.admit(request, route));
        return refused ? refused->status : 200;
    };
    CHECK(status(admin, "", "127.0.0.1:5001", "127.0.0.1") == 200);
    CHECK(status(admin, "https://evil.example", "127.0.0.1:5001", "127.0.0.1") == 403);
    CHECK(status(admin, "http://evil.example:5001", "evil.example:5001", "127.0.0.1") == 403);
    CHECK(status(upload, "https://app.example", "10.0.2.2:5000", "127.0.0.1") == 200); // a phone's emulator
    CHECK(status(upload, "", "127.0.0.1:5000", "203.0.113.9") == 403);
    CHECK(status(admin, "", "127.0.0.1:5001", "203.0.113.9") == 403);
    CHECK(local.counters().foreign_page == 2);
    CHECK(local.counters().through_gateway == 2);

    // What a stranger wrote stands beside what a gateway adds, on the same line or on one of its own.
    const auto forwarded = [&](std::vector<std::string> lines) {
        Request request = TestApi::asking(upload.method, upload.pattern);
        request.headers.set("Host", "127.0.0.1:5000");
        request.remote_address = "127.0.0.1";
        for (std::string& line : lines)
            request.headers.add("X-Forwarded-For", std::move(line));
        return !run(local.admit(request, upload));
    };
    CHECK(forwarded({"127.0.0.1"})); // a developer's own proxy
    CHECK_FALSE(forwarded({"127.0.0.1", "203.0.113.9"}));
    CHECK_FALSE(forwarded({"127.0.0.1, 203.0.113.9"}));
    CHECK_FALSE(forwarded({"unknown"}));
}
