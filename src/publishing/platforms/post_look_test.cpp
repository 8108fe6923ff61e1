#include "publishing/platforms/post_look.hpp"

#include "publishing/platforms/facebook.hpp"
#include "publishing/platforms/mastodon.hpp"
#include "publishing/platforms/vimeo.hpp"
#include "publishing/platforms/youtube.hpp"
#include "unit/manual_clock.hpp"

#include <doctest/doctest.h>

using namespace vitrina;

namespace {

const AccountFacts alice{"https://mastodon.example", "42"};
const HttpReply absent{404, {}, R"({"error":"Record not found"})"};
const HttpReply is_alice{200, {}, R"({"id":"42","username":"alice"})"};

// How a look ends that is answered so, one after the other.
Step look(const Platform& platform, const std::string& id, const AccountFacts& account,
          std::initializer_list<HttpReply> replies)
{
    const ManualClock clock;
    const auto conversation = platform.look(id, account, clock);
    REQUIRE(conversation);
    Step step = conversation->resume();
    for (const HttpReply& reply : replies) {
        REQUIRE(std::holds_alternative<Send>(step));
        step = conversation->on_reply(reply);
    }
    return step;
}

template <class Expected>
bool is(const Step& step)
{
    return std::holds_alternative<Expected>(step);
}

} // namespace

TEST_CASE("a post is gone only when its network says so to a token that is the account's")
{
    const auto mastodon = make_mastodon();
    const auto ends = [&](std::initializer_list<HttpReply> replies) { return look(*mastodon, "7", alice, replies); };
    CHECK(is<Gone>(ends({absent, is_alice})));
    CHECK(is<Gone>(ends({{410, {}, R"({"error":"Gone"})"}, is_alice})));
    CHECK(is<Wait>(ends({absent, {200, {}, R"({"id":"43","username":"bob"})"}})));
    CHECK(is<Reconnect>(ends({absent, {401, {}, R"({"error":"The access token is invalid"})"}})));
    CHECK(is<Wait>(ends({absent, {403, {}, R"({"error":"suspended"})"}})));
    CHECK(is<Wait>(ends({absent, {500, {}, ""}})));
    CHECK(is<Wait>(ends({absent, {200, {}, "<html>"}})));
    CHECK(is<Wait>(ends({{404, {}, "<html>not here</html>"}})));
    CHECK(is<Wait>(ends({{403, {}, R"({"error":"This action is not allowed"})"}})));
    CHECK(is<Wait>(ends({{500, {}, R"({"error":"Record not found"})"}})));
    CHECK(is<Wait>(ends({{200, {}, "[]"}})));
    CHECK(is<Reconnect>(ends({{401, {}, R"({"error":"The access token is invalid"})"}})));
    const Step there = ends({{200, {}, R"({"id":"7","url":"https://m/7","visibility":"unlisted"})"}});
    REQUIRE(is<StillThere>(there));
    CHECK(std::get<StillThere>(there).url == "https://m/7");
    CHECK(std::get<StillThere>(there).privacy == "unlisted");
}

TEST_CASE("both words are given to the same token")
{
    const ManualClock clock;
    const auto mastodon = make_mastodon();
    const auto conversation = mastodon->look("7", alice, clock);
    conversation->resume();
    conversation->on_reply(absent);
    conversation->on_reply({401, {}, R"({"error":"The access token is invalid"})"});
    const Step again = conversation->resume(); // with a new one
    REQUIRE(is<Send>(again));
    CHECK(std::get<Send>(again).what == "look for the status");
}

TEST_CASE("what is not in YouTube's list of one is gone, and an answer without a list says nothing")
{
    const auto youtube = make_youtube();
    const AccountFacts channel{"", "UC1"};
    const HttpReply ours{200, {}, R"({"items":[{"id":"UC1","snippet":{"title":"Alice"}}]})"};
    CHECK(is<Gone>(look(*youtube, "v", channel, {{200, {}, R"({"items":[]})"}, ours})));
    CHECK(is<Gone>(
        look(*youtube, "v", channel, {{200, {}, R"({"items":[{"status":{"uploadStatus":"deleted"}}]})"}, ours})));
    CHECK(is<Wait>(look(*youtube, "v", channel, {{200, {}, "{}"}})));
    CHECK(is<Wait>(look(*youtube, "v", channel, {{200, {}, R"({"items":[]})"}, {200, {}, R"({"items":[]})"}})));
    const Step hidden =
        look(*youtube, "v", channel,
             {{200, {}, R"({"items":[{"status":{"uploadStatus":"processed","privacyStatus":"private"}}]})"}});
    REQUIRE(is<StillThere>(hidden));
    CHECK(std::get<StillThere>(hidden).privacy == "private");
}

TEST_CASE("Facebook's word for what is not there, and Vimeo's")
{
    const auto facebook = make_facebook();
    const AccountFacts page{"", "55"};
    const HttpReply no_node{400, {}, R"({"error":{"code":100,"error_subcode":33,"message":"does not exist"}})"};
    const HttpReply our_page{200, {}, R"({"id":"55","name":"Alice"})"};
    const HttpReply videos{200, {}, R"({"data":[]})"};
    CHECK(is<Gone>(look(*facebook, "1", page, {no_node, our_page, videos})));
    // Without the right to see the page's videos nothing of it is seen, whatever is there.
    CHECK(is<Wait>(look(*facebook, "1", page, {no_node, our_page, no_node})));
    CHECK(is<Wait>(look(*facebook, "1", page, {no_node, {200, {}, R"({"id":"56","name":"Bob"})"}})));
    CHECK(is<Wait>(
        look(*facebook, "1", page, {no_node, our_page, {400, {}, R"({"error":{"code":10,"message":"no"}})"}})));
    CHECK(is<Wait>(look(*facebook, "1", page, {{400, {}, R"({"error":{"code":10,"message":"no permission"}})"}})));
    CHECK(is<Reconnect>(look(*facebook, "1", page, {no_node, {400, {}, R"({"error":{"code":190}})"}})));
    const ManualClock clock;
    CHECK_FALSE(facebook->look("not/a/number", page, clock));

    const auto vimeo = make_vimeo();
    const HttpReply no_video{404, {}, R"({"error":"The requested video couldn't be found.","error_code":5000})"};
    CHECK(is<Gone>(look(*vimeo, "1", {"", "9"}, {no_video, {200, {}, R"({"uri":"/users/9","name":"Alice"})"}})));
    CHECK(is<Wait>(look(*vimeo, "1", {"", "9"}, {{404, {}, ""}})));
}
