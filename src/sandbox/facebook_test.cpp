#include "core/digest.hpp"
#include "http/form.hpp"
#include "sandbox/test_world.hpp"

using namespace vitrina;
using namespace vitrina::sandbox;
using namespace std::chrono_literals;
namespace json = boost::json;

namespace {

const std::string video(1'500'000, 'f');
constexpr std::size_t part = 1024 * 1024;

// A publisher that does everything right, for tests to make one thing wrong.
class FacebookClient {
public:
    explicit FacebookClient(TestWorld& world, json::object settings = {})
        : made(world.account("facebook", std::move(settings))),
          token(made.at("access_token").as_string()),
          page(made.at("remote_id").as_string()),
          world_(world)
    {
    }

    Ask call(Method method, const std::string& path, const std::string& query = "") const
    {
        return {method, "graph.facebook.com",
                "/v25.0/" + path + "?" + query + (query.empty() ? "" : "&") + "access_token=" + token};
    }
    Answer tell(const std::string& edge, const std::string& form) const
    {
        Ask ask = call(Method::post, page + "/" + edge);
        if (edge == "videos")
            ask.host = "graph-video.facebook.com";
        ask.with("Content-Type", "application/x-www-form-urlencoded").body = form;
        return world_.send(ask);
    }
    json::object open() const
    {
        const Answer answer = tell("videos", "upload_phase=start&file_size=" + std::to_string(video.size()));
        REQUIRE(answer.status == 200);
        return answer.json();
    }
    Answer transfer(const std::string& session, std::size_t offset, const std::string& bytes) const
    {
        Ask ask = call(Method::post, page + "/videos");
        ask.host = "graph-video.facebook.com";
        ask.with("Content-Type", "multipart/form-data; boundary=b");
        const auto text = [](std::string name, std::string value) {
            return "--b\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n";
        };
        ask.body = text("upload_phase", "transfer") + text("upload_session_id", session) +
                   text("start_offset", std::to_string(offset)) +
                   "--b\r\nContent-Disposition: form-data; name=\"video_file_chunk\"; filename=\"v.mp4\"\r\n"
                   "Content-Type: video/mp4\r\n\r\n" +
                   bytes + "\r\n--b--\r\n";
        return world_.send(ask);
    }
    Answer finish(const std::string& session) const
    {
        return tell("videos", "upload_phase=finish&published=true&title=Cats&upload_session_id=" + session);
    }
    json::object look(const std::string& id) const
    {
        return world_.send(call(Method::get, id, "fields=status,published,permalink_url")).json();
    }
    // What becomes of the bytes of a reel.
    Ask putting(const json::object& reel, std::size_t offset) const
    {
        const std::string url(reel.at("upload_url").as_string());
        Ask ask{Method::post, "rupload.facebook.com", url.substr(url.find("/video-upload"))};
        ask.with("Authorization", "OAuth " + token).with("offset", std::to_string(offset));
        ask.with("file_size", std::to_string(video.size()));
        ask.body = video.substr(offset);
        return ask;
    }

    json::object made;
    std::string token, page;

private:
    TestWorld& world_;
};

std::int64_t code_of(const Answer& answer)
{
    return answer.json().at("error").at("code").as_int64();
}

std::string state_of(const json::object& video)
{
    return std::string(video.at("status").at("video_status").as_string());
}

} // namespace

TEST_CASE("a video goes to a Facebook page in the ranges it asks for, is finished and processed")
{
    TestWorld world;
    const FacebookClient client(world);
    const json::object opened = client.open();
    const std::string id(opened.at("video_id").as_string()), session(opened.at("upload_session_id").as_string());
    CHECK(opened.at("end_offset").as_string() == std::to_string(part));
    CHECK(state_of(client.look(id)) == "uploading");
    const Answer early = client.finish(session);
    CHECK(code_of(early) == 1363021);
    CHECK(client.transfer(session, 0, video.substr(0, part)).text("start_offset") == std::to_string(part));
    const Answer again = client.transfer(session, 0, video.substr(0, part));
    CHECK(code_of(again) == 1363037);
    CHECK(again.json().at("error").at("error_data").at("start_offset").as_string() == std::to_string(part));
    CHECK(code_of(client.transfer(session, part, "short")) == 1363019);
    const Answer last = client.transfer(session, part, video.substr(part));
    CHECK(last.text("start_offset") == last.text("end_offset"));
    CHECK(state_of(client.look(id)) == "upload_complete");
    CHECK(client.finish(session).body == R"({"success":true})");
    CHECK(state_of(client.look(id)) == "processing");
    CHECK(client.look(id).at("published") == false);
    world.clock.advance(10s);
    const json::object shown = client.look(id);
    CHECK(shown.at("published") == true);
    CHECK(shown.at("permalink_url").as_string() == "/" + client.page + "/videos/" + id + "/"); // without the site
    REQUIRE(world.ledger.list().size() == 1);
    CHECK(world.ledger.list()[0].sha256 == sha256_hex(video));
    CHECK(world.send({Method::get, "www.facebook.com", "/" + client.page + "/videos/" + id + "/"}).status == 200);
    CHECK(client.finish(session).status == 200);
    CHECK(world.ledger.list().size() == 2); // whoever finishes twice has posted twice
    CHECK(world.send(client.call(Method::del, id)).status == 200);
    CHECK(world.send(client.call(Method::del, id)).json().at("error").at("error_subcode") == 33);
}

TEST_CASE("a reel's bytes go to Facebook's upload host, and go on where they broke off")
{
    TestWorld world;
    const FacebookClient client(world);
    const json::object reel = client.tell("video_reels", "upload_phase=start").json();
    const std::string id(reel.at("video_id").as_string());
    Ask cut = client.putting(reel, 0);
    cut.breaks_at = 700'000;
    CHECK_THROWS_AS(world.send(cut), Disconnected);
    const json::object status = client.look(id);
    const auto kept = std::size_t(status.at("status").at("uploading_phase").at("bytes_transferred").to_number<int>());
    CHECK(kept == 700'000);
    CHECK(world.send(client.putting(reel, 0)).json().at("debug_info").at("retriable") == false);
    const std::string finish = "upload_phase=finish&video_state=PUBLISHED&title=&description=Cats&video_id=" + id;
    CHECK(code_of(client.tell("video_reels", finish)) == 6000);
    CHECK(world.send(client.putting(reel, kept)).body == R"({"success":true})");
    CHECK(client.tell("video_reels", finish).status == 200);
    CHECK(client.look(id).at("status").at("publishing_phase").at("status") == "not_started");
    world.clock.advance(10s);
    CHECK(client.look(id).at("status").at("publishing_phase").at("status") == "complete");
    CHECK(world.ledger.list()[0].sha256 == sha256_hex(video));
}

TEST_CASE("what Facebook refuses")
{
    TestWorld world;
    const FacebookClient client(world), other(world, {{"name", "bob"}});
    Ask old = client.call(Method::get, "me", "fields=id");
    CHECK(world.send(old).status == 200);
    old.target.replace(0, 6, "/v18.0");
    CHECK(world.send(old).status == 400);
    CHECK(code_of(world.send({Method::get, "graph.facebook.com", "/v25.0/me?fields=id"})) == 104);
    CHECK(code_of(world.send({Method::get, "graph.facebook.com", "/v25.0/me?access_token=x"})) == 190);
    const json::object reel = client.tell("video_reels", "upload_phase=start").json();
    Ask bearer = client.putting(reel, 0);
    CHECK(world.send(bearer.with("Authorization", "Bearer " + client.token)).status == 400);
    Ask bare = client.putting(reel, 0);
    CHECK(world.send(bare.with("offset", "")).body.find("not convertable") != std::string::npos);
    const std::string id(reel.at("video_id").as_string());
    CHECK(world.send(other.call(Method::get, id, "fields=status")).json().at("error").at("error_subcode") == 33);
    CHECK(code_of(client.tell("video_reels", "upload_phase=start&surprise=1")) == 100);
    const std::string session(client.open().at("upload_session_id").as_string());
    world.script(R"({"network":"facebook","match":"videos","fault":"session_lost"})");
    CHECK(code_of(client.transfer(session, 0, video.substr(0, part))) == 1363041);
    world.script(R"({"network":"facebook","fault":"rate_limited"})");
    CHECK(code_of(world.send(client.call(Method::get, "me", "fields=id"))) == 4);
    world.script(R"({"network":"facebook","fault":"revoked"})");
    CHECK(world.send(client.call(Method::get, "me")).json().at("error").at("error_subcode") == 460);
    CHECK(code_of(world.send(client.call(Method::get, "me"))) == 190);
    CHECK(world.ledger.list().empty());
}

TEST_CASE("Facebook's dialog leads to a person's token, and that to their page's")
{
    TestWorld world;
    const FacebookClient client(world);
    const std::string id(client.made.at("client_id").as_string()), secret(client.made.at("client_secret").as_string());
    const std::string back = "http://127.0.0.1:5000/back";
    const std::string page = "/v25.0/dialog/oauth?response_type=code&state=s&client_id=" + id +
                             "&redirect_uri=" + form_encode(back) + "&scope=";
    CHECK(world.send({Method::get, "www.facebook.com", page + "pages_show_list,pages_manage_posts"}).status == 200);
    CHECK(world.send({Method::get, "www.facebook.com", page + "email_all"}).status == 400);
    CHECK(world.send({Method::get, "www.facebook.com", page + "pages_show_list&code_challenge=x"}).status == 400);
    Ask allow{Method::post, "www.facebook.com", "/v25.0/dialog/oauth"};
    allow.with("Content-Type", "application/x-www-form-urlencoded").body = "account=alice&state=s&client_id=" + id +
                                                                           "&redirect_uri=" + form_encode(back) +
                                                                           "&scope=pages_show_list,pages_manage_posts";
    const std::string location(world.send(allow).headers.get("Location"));
    const std::string code =
        location.substr(location.find("code=") + 5, location.find('&') - location.find("code=") - 5);
    const std::string app = "client_id=" + id + "&client_secret=" + secret;
    const auto get = [&world](const std::string& path) {
        return world.send({Method::get, "graph.facebook.com", "/v25.0/" + path});
    };
    const std::string redeem = "oauth/access_token?" + app + "&redirect_uri=" + form_encode(back) + "&code=" + code;
    const std::string person = get(redeem).text("access_token");
    CHECK(get(redeem).json().at("error").at("error_subcode") == 36009);
    const Answer longer =
        get("oauth/access_token?grant_type=fb_exchange_token&" + app + "&fb_exchange_token=" + person);
    CHECK(longer.json().at("expires_in") == 60 * 86'400);
    const std::string granted = get("me/permissions?access_token=" + person).body;
    CHECK(granted.find(R"({"permission":"pages_read_engagement","status":"declined"})") != std::string::npos);
    const Answer pages = get("me/accounts?fields=id,name,access_token,tasks&access_token=" + person);
    CHECK(pages.json().at("data").at(0).at("id").as_string() == client.page);
    const std::string linked = "me/accounts?fields=id,instagram_business_account{id,username}&access_token=" + person;
    CHECK(get(linked).body.find("instagram_business_account") == std::string::npos); // it was not asked for
    CHECK(code_of(get(client.page + "?fields=id&access_token=" + person)) == 210); // of the person, not of the page
}

TEST_CASE("the words of a page's video can be changed")
{
    TestWorld world;
    const FacebookClient client(world);
    const json::object opened = client.open();
    const std::string id(opened.at("video_id").as_string()), session(opened.at("upload_session_id").as_string());
    client.transfer(session, 0, video.substr(0, part));
    client.transfer(session, part, video.substr(part));
    REQUIRE(client.finish(session).status == 200);
    const auto update = [&](const std::string& form) {
        Ask ask = client.call(Method::post, id);
        ask.with("Content-Type", "application/x-www-form-urlencoded").body = form;
        return world.send(ask);
    };
    CHECK(update("name=Dogs&description=Two").json().at("success").as_bool());
    CHECK(world.ledger.list().front().title == "Dogs");
    CHECK(update("description=Three").status == 200);
    CHECK(world.ledger.list().front().title == "Dogs");
    CHECK(world.ledger.list().front().text == "Three");
    CHECK(update("title=Birds").status == 400);
    CHECK(update("name=" + std::string(256, 'x')).status == 400);
    CHECK(update("").status == 400);
}
