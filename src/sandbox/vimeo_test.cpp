#include "core/base64.hpp"
#include "core/digest.hpp"
#include "http/form.hpp"
#include "sandbox/test_world.hpp"

using namespace vitrina;
using namespace vitrina::sandbox;
using namespace std::chrono_literals;
namespace json = boost::json;

namespace {

constexpr const char* api = "api.vimeo.com";
constexpr std::string_view upload_host = "https://files.tus.vimeo.com";
const std::string video(700'000, 'v');

// A publisher that does everything right, for tests to make one thing wrong.
class VimeoClient {
public:
    explicit VimeoClient(TestWorld& world, json::object settings = {})
        : made(world.account("vimeo", std::move(settings))), token(made.at("access_token").as_string()), world_(world)
    {
    }

    Ask call(Method method, const std::string& target, std::string body = "") const
    {
        Ask ask{method, api, target};
        ask.with("Authorization", "Bearer " + token).with("Accept", "application/vnd.vimeo.*+json;version=3.4");
        if (!body.empty())
            ask.with("Content-Type", "application/json");
        ask.body = std::move(body);
        return ask;
    }
    Answer create(const std::string& more = "") const
    {
        return world_.send(call(Method::post, "/me/videos?fields=uri",
                                R"({"upload":{"approach":"tus","size":)" + std::to_string(video.size()) +
                                    R"(},"name":"Cats")" + more + "}"));
    }
    // The upload's path.
    std::string open(const std::string& more = "")
    {
        const json::object answer = create(more).json();
        id = std::string(answer.at("uri").as_string()).substr(8);
        const std::string link(answer.at("upload").at("upload_link").as_string());
        REQUIRE(link.starts_with(upload_host));
        return link.substr(upload_host.size());
    }
    static Ask piece(const std::string& path, std::size_t offset, std::size_t size)
    {
        Ask ask{Method::patch, "files.tus.vimeo.com", path};
        ask.with("Tus-Resumable", "1.0.0").with("Content-Type", "application/offset+octet-stream");
        ask.with("Upload-Offset", std::to_string(offset));
        ask.body = video.substr(offset, size);
        return ask;
    }
    Answer offset(const std::string& path) const
    {
        Ask ask{Method::head, "files.tus.vimeo.com", path};
        return world_.send(ask.with("Tus-Resumable", "1.0.0"));
    }
    json::object shown() const { return world_.send(call(Method::get, "/videos/" + id)).json(); }

    json::object made;
    std::string token, id;

private:
    TestWorld& world_;
};

} // namespace

TEST_CASE("a placeholder of Vimeo's becomes a video with its last byte")
{
    TestWorld world;
    VimeoClient client(world);
    const std::string path = client.open(R"(,"description":"Two","privacy":{"view":"unlisted","download":false})");
    CHECK(client.offset(path).headers.get("Upload-Offset") == "0");
    CHECK(client.shown().at("upload").at("status") == "in_progress");
    CHECK(world.send(client.call(Method::put, "/videos/" + client.id + "/tags/one")).status == 200);
    const Answer first = world.send(client.piece(path, 0, 400'000));
    CHECK(first.status == 204);
    CHECK(first.headers.get("Upload-Offset") == "400000");
    CHECK(world.ledger.list().empty());
    CHECK(world.send(client.piece(path, 0, 400'000)).status == 409);
    CHECK(world.send(client.piece(path, 400'000, 300'000)).headers.get("Upload-Offset") == "700000");
    CHECK(client.offset(path).headers.get("Upload-Offset") == "700000");
    REQUIRE(world.ledger.list().size() == 1);
    const Post post = world.ledger.list()[0];
    CHECK(post.id == client.id);
    CHECK(post.sha256 == sha256_hex(video));
    CHECK(post.title == "Cats");

    CHECK(client.shown().at("upload").at("status") == "complete");
    CHECK(client.shown().at("transcode").at("status") == "in_progress");
    world.clock.advance(10s);
    CHECK(client.shown().at("transcode").at("status") == "complete");
    const std::string link(client.shown().at("link").as_string());
    CHECK(link == post.url);
    CHECK(link.size() > std::string("https://vimeo.com/" + post.id).size()); // what is unlisted has a secret
    CHECK(world.send({Method::get, "vimeo.com", link.substr(17)}).status == 200);
    CHECK(world.send({Method::get, "vimeo.com", "/" + post.id}).status == 404);

    CHECK(world.send(client.call(Method::del, "/videos/" + client.id)).status == 204);
    CHECK(world.send(client.call(Method::del, "/videos/" + client.id)).status == 404);
}

TEST_CASE("a placeholder of Vimeo's that is deleted was never a post")
{
    TestWorld world;
    VimeoClient client(world);
    const std::string path = client.open();
    const auto list = world.send(client.call(Method::get, "/me/videos?sort=date&per_page=10")).json();
    CHECK(list.at("data").at(0).at("upload").at("size") == video.size());
    CHECK(world.send(client.call(Method::del, "/videos/" + client.id)).status == 204);
    CHECK(client.offset(path).status == 404);
    CHECK(world.ledger.list().empty());
}

TEST_CASE("what breaks off at Vimeo is kept as far as it came")
{
    TestWorld world;
    VimeoClient client(world);
    const std::string path = client.open();
    Ask broken = client.piece(path, 0, 500'000);
    broken.breaks_at = 300'000;
    CHECK_THROWS_AS(world.send(broken), Disconnected);
    CHECK(client.offset(path).headers.get("Upload-Offset") == "300000");
    world.script(R"({"network":"vimeo","match":"upload.patch","fault":"session_lost"})");
    CHECK(world.send(client.piece(path, 300'000, 1000)).status == 410);
    CHECK(client.offset(path).status == 410);
}

TEST_CASE("what Vimeo refuses")
{
    TestWorld world;
    VimeoClient client(world);
    for (const char* more : {R"(,"privacy":{"view":"friends"})", R"(,"license":"mine")", R"(,"tags":["one"])"}) {
        CAPTURE(more);
        CHECK(client.create(more).status == 400);
    }
    Ask unversioned = client.call(Method::get, "/me");
    unversioned.with("Accept", "application/json");
    CHECK(world.send(unversioned).status == 400);
    const std::string path = client.open();
    Ask with_token = client.piece(path, 0, 1000);
    CHECK(world.send(with_token.with("Authorization", "Bearer " + client.token)).status == 400);
    Ask other_type = client.piece(path, 0, 1000);
    CHECK(world.send(other_type.with("Content-Type", "video/mp4")).status == 415);
    Ask no_version = client.piece(path, 0, 1000);
    CHECK(world.send(no_version.with("Tus-Resumable", "0.2")).status == 412);
    world.script(R"({"network":"vimeo","match":"videos.create","fault":"quota_exceeded"})");
    const Answer full = client.create();
    CHECK(full.status == 403);
    CHECK(full.json().at("error_code") == 4101);
    const VimeoClient reader(world, {{"name", "bob"}, {"scopes", "public private"}});
    CHECK(reader.create().json().at("error_code") == 3200);
    CHECK(world.send(reader.call(Method::get, "/videos/" + client.id)).status == 404);
}

TEST_CASE("Vimeo's code becomes a token that does not end")
{
    TestWorld world;
    const VimeoClient client(world);
    const std::string id(client.made.at("client_id").as_string()), secret(client.made.at("client_secret").as_string());
    const std::string back = "http://127.0.0.1:5000/back";
    const std::string page = "/oauth/authorize?response_type=code&client_id=" + id +
                             "&redirect_uri=" + form_encode(back) + "&state=s&scope=";
    CHECK(world.send({Method::get, api, page + "everything"}).status == 400);
    CHECK(world.send({Method::get, api, page + "public%20upload"}).status == 200);
    Ask allow{Method::post, api, "/oauth/authorize"};
    allow.with("Content-Type", "application/x-www-form-urlencoded");
    allow.body =
        "account=alice&client_id=" + id + "&redirect_uri=" + form_encode(back) + "&state=s&scope=public+upload";
    const std::string location(world.send(allow).headers.get("Location"));
    const std::string code = location.substr(location.find("code=") + 5, 40);
    Ask exchange{Method::post, api, "/oauth/access_token"};
    exchange.with("Content-Type", "application/x-www-form-urlencoded")
        .with("Accept", "application/vnd.vimeo.*+json;version=3.4")
        .with("Authorization", "Basic " + to_base64(id + ":" + secret));
    exchange.body = "grant_type=authorization_code&code=" + code + "&redirect_uri=" + form_encode(back);
    const Answer answer = world.send(exchange);
    REQUIRE(answer.status == 200);
    CHECK(answer.text("scope") == "public upload");
    CHECK(answer.json().at("user").at("name") == "alice");
    CHECK(world.send(exchange).status == 400); // once
}

TEST_CASE("the words of a video of Vimeo's can be changed, its tags one by one")
{
    TestWorld world;
    VimeoClient client(world);
    const std::string path = client.open();
    const std::string one = "/videos/" + client.id;
    CHECK(world.send(client.call(Method::put, one + "/tags/one")).status == 200);
    REQUIRE(world.send(client.piece(path, 0, video.size())).status == 204);
    const auto edit = [&](const std::string& body) { return world.send(client.call(Method::patch, one, body)).status; };
    CHECK(edit(R"({"name":"Dogs","description":"Two of them"})") == 200);
    CHECK(edit(R"({"description":""})") == 200);
    CHECK(world.ledger.list().front().title == "Dogs");
    CHECK(world.ledger.list().front().text == "");
    for (const char* wrong : {R"({})", R"({"name":""})", R"({"title":"Dogs"})", R"({"name":7})"})
        CHECK(edit(wrong) == 400);
    CHECK(world.send(client.call(Method::put, one + "/tags/two")).status == 200);
    CHECK(world.send(client.call(Method::del, one + "/tags/one")).status == 204);
    CHECK(world.send(client.call(Method::del, one + "/tags/one")).status == 404);
    const json::object tags = world.send(client.call(Method::get, one + "/tags")).json();
    REQUIRE(tags.at("data").as_array().size() == 1);
    CHECK(tags.at("data").at(0).at("name") == "two");
}
