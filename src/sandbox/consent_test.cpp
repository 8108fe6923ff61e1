#include "core/sandbox_app.hpp"
#include "http/form.hpp"
#include "sandbox/test_world.hpp"

using namespace vitrina;
using namespace vitrina::sandbox;

namespace {

const std::string back = "http://127.0.0.1:5000/v1/accounts/connect/vimeo/callback";
const std::string query = "response_type=code&client_id=" + std::string(sandbox_client_id) +
                          "&redirect_uri=" + form_encode(back) + "&state=s1&scope=public+upload";

Ask pressed(const std::string& fields)
{
    Ask ask{Method::post, "api.vimeo.com", "/oauth/authorize"};
    ask.with("Content-Type", "application/x-www-form-urlencoded");
    ask.body = query + "&" + fields;
    return ask;
}

std::string sent_to(TestWorld& world, const std::string& fields)
{
    const Answer answer = world.send(pressed(fields));
    REQUIRE(answer.status == 302);
    return std::string(answer.headers.get("Location"));
}

} // namespace

TEST_CASE("nobody has to register an app or make an account before trying a consent page")
{
    TestWorld world;
    const Answer page = world.send({Method::get, "api.vimeo.com", "/oauth/authorize?" + query});
    CHECK(page.status == 200);
    CHECK(page.body.find("not the real network") != std::string::npos);
    CHECK(page.body.find("<select") == std::string::npos);
    CHECK(sent_to(world, "new_account=bob&decision=allow").starts_with(back + "?code="));
    REQUIRE(world.accounts.find("vimeo", "bob"));
    CHECK(world.send({Method::get, "api.vimeo.com", "/oauth/authorize?" + query}).body.find("<option>bob</option>") !=
          std::string::npos);
    CHECK(sent_to(world, "account=bob&new_account=&decision=allow").ends_with("&state=s1"));
    CHECK(world.send(pressed("account=nobody&decision=allow")).status == 400);
}

TEST_CASE("a person can say no, and can leave permissions out")
{
    TestWorld world;
    CHECK(sent_to(world, "new_account=bob&decision=deny").starts_with(back + "?error=access_denied&"));
    CHECK_FALSE(world.accounts.find("vimeo", "bob"));
    const std::string location = sent_to(world, "new_account=bob&without=upload&decision=allow");
    const std::string code = location.substr(location.find("code=") + 5, 40);
    CHECK(world.accounts.find_token("vimeo", "code", code).value().scopes == "public");
}

TEST_CASE("the app that everybody knows is sent back to this machine only")
{
    TestWorld world;
    Ask ask = pressed("new_account=bob&decision=allow");
    ask.body.replace(ask.body.find("127.0.0.1"), 9, "evil.test");
    CHECK(world.send(ask).status == 400);
}
