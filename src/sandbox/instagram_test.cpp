#include "core/digest.hpp"
#include "http/form.hpp"
#include "sandbox/test_world.hpp"

using namespace vitrina;
using namespace vitrina::sandbox;
using namespace std::chrono_literals;
namespace json = boost::json;

namespace {

const std::string video(900'000, 'i');

// A publisher that does everything right, for tests to make one thing wrong.
class InstagramClient {
public:
    explicit InstagramClient(TestWorld& world, json::object settings = {})
        : made(world.account("instagram", std::move(settings))),
          token(made.at("access_token").as_string()),
          id(made.at("remote_id").as_string()),
          world_(world)
    {
    }

    Answer get(const std::string& path, const std::string& query) const
    {
        return world_.send(
            {Method::get, "graph.facebook.com", "/v25.0/" + path + "?" + query + "&access_token=" + token});
    }
    Answer tell(const std::string& edge, const std::string& form) const
    {
        Ask ask{Method::post, "graph.facebook.com", "/v25.0/" + id + "/" + edge + "?access_token=" + token};
        ask.with("Content-Type", "application/x-www-form-urlencoded").body = form;
        return world_.send(ask);
    }
    json::object open(const std::string& caption = "Cats") const
    {
        const Answer answer = tell("media", "media_type=REELS&upload_type=resumable&caption=" + form_encode(caption));
        REQUIRE(answer.status == 200);
        return answer.json();
    }
    Ask putting(const json::object& container, std::size_t offset = 0) const
    {
        const std::string url(container.at("uri").as_string());
        Ask ask{Method::post, "rupload.facebook.com", url.substr(url.find("/ig-api-upload"))};
        ask.with("Authorization", "OAuth " + token).with("offset", std::to_string(offset));
        ask.with("file_size", std::to_string(video.size()));
        ask.body = video.substr(offset);
        return ask;
    }
    json::object status(const std::string& container) const
    {
        return get(container, "fields=status_code,status,video_status").json();
    }
    // A container that is ready to be published.
    std::string filled(const std::string& caption = "Cats") const
    {
        const json::object container = open(caption);
        REQUIRE(world_.send(putting(container)).status == 200);
        world_.clock.advance(10s);
        return std::string(container.at("id").as_string());
    }
    Answer publish(const std::string& container) const { return tell("media_publish", "creation_id=" + container); }

    json::object made;
    std::string token, id;

private:
    TestWorld& world_;
};

std::int64_t subcode_of(const Answer& answer)
{
    return answer.json().at("error").at("error_subcode").as_int64();
}

} // namespace

TEST_CASE("a reel goes to Instagram by a container, which is processed and then published")
{
    TestWorld world;
    const InstagramClient client(world);
    const json::object container = client.open();
    const std::string id(container.at("id").as_string());
    CHECK(client.status(id).at("status_code") == "IN_PROGRESS");
    Ask cut = client.putting(container);
    cut.breaks_at = 400'000;
    CHECK_THROWS_AS(world.send(cut), Disconnected);
    CHECK(client.status(id).at("video_status").at("uploading_phase").at("bytes_transferred") == 400'000);
    CHECK(world.send(client.putting(container)).json().at("debug_info").at("retriable") == false);
    CHECK(world.send(client.putting(container, 400'000)).text("message") == "Upload successful.");
    CHECK(subcode_of(client.publish(id)) == 2207027);
    world.clock.advance(10s);
    CHECK(client.status(id).at("status_code") == "FINISHED");
    const std::string media = client.publish(id).text("id");
    CHECK(client.status(id).at("status_code") == "PUBLISHED");
    REQUIRE(world.ledger.list("instagram").size() == 1);
    CHECK(world.ledger.list("instagram")[0].sha256 == sha256_hex(video));
    const Answer shown = client.get(media, "fields=permalink,shortcode,timestamp");
    CHECK(shown.text("permalink") == "https://www.instagram.com/reel/" + shown.text("shortcode") + "/");
    CHECK(world.send({Method::get, "www.instagram.com", "/reel/" + shown.text("shortcode") + "/"}).status == 200);
    CHECK(client.get(client.id + "/media", "fields=id,caption,timestamp&limit=10")
              .json()
              .at("data")
              .at(0)
              .at("id")
              .as_string() == media);
    CHECK(client.get(client.id, "fields=id,username").text("username") == "alice");
    CHECK(client.publish(id).status == 200);
    CHECK(world.ledger.list("instagram").size() == 2); // whoever publishes twice has posted twice
    Ask remove{Method::del, "graph.facebook.com", "/v25.0/" + media + "?access_token=" + client.token};
    CHECK(world.send(remove).status == 200);
    CHECK(subcode_of(world.send(remove)) == 33);
}

TEST_CASE("what Instagram refuses")
{
    TestWorld world;
    const InstagramClient client(world, {{"limits", true}});
    CHECK(client.tell("media", "media_type=REELS&upload_type=resumable&caption=" + std::string(2201, 'a')).status ==
          400);
    CHECK(client.tell("media", "media_type=VIDEO&upload_type=resumable&caption=").status == 400);
    CHECK(client.tell("media", "media_type=REELS&upload_type=resumable&caption=&surprise=1").status == 400);
    CHECK(subcode_of(client.publish("17000000000000000")) == 2207006);
    const std::string old = client.filled();
    world.clock.advance(25h);
    CHECK(client.status(old).at("status_code") == "EXPIRED");
    CHECK(subcode_of(client.publish(old)) == 2207008);
    world.script(R"({"network":"instagram","match":"media.upload","fault":"processing_fails:no moov"})");
    const std::string broken = client.filled();
    CHECK(client.status(broken).at("status_code") == "ERROR");
    CHECK(subcode_of(client.publish(broken)) == 2207026);
    for (int i = 0; i < 50; ++i)
        REQUIRE(client.publish(client.filled()).status == 200);
    CHECK(client.get(client.id + "/content_publishing_limit", "fields=config,quota_usage")
              .json()
              .at("data")
              .at(0)
              .at("quota_usage") == 50);
    CHECK(subcode_of(client.publish(client.filled())) == 2207042);
    const InstagramClient other(world, {{"name", "bob"}});
    CHECK(subcode_of(other.get(client.id + "/media", "fields=id")) == 33);
    const auto page_only = world.account("facebook", {{"name", "carol"}});
    const std::string token(page_only.at("access_token").as_string());
    CHECK(world.send({Method::get, "graph.facebook.com", "/v25.0/" + client.id + "?access_token=" + token})
              .json()
              .at("error")
              .at("code") == 200);
}
