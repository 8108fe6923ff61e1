#include "publishing/platforms/x.hpp"

#include "publishing/platforms/x_post.hpp"
#include "publishing/platforms/x_reply.hpp"
#include "unit/manual_clock.hpp"

#include <boost/json/parse.hpp>
#include <doctest/doctest.h>
#include <functional>

using namespace vitrina;
using namespace std::chrono_literals;
namespace json = boost::json;
using State = PublicationState;

namespace {

PublishOrder good_order()
{
    PublishOrder order;
    order.client_key = "key";
    order.title = "Cats";
    order.tags = {"one"};
    order.size = 2'500'000;
    order.content_type = "video/mp4";
    order.duration = 30s;
    order.width = 640;
    order.height = 480;
    return order;
}

const HttpReply opened{200, {}, R"({"data":{"id":"1880028106020515840","media_key":"13_1880028106020515840"}})"};
const HttpReply stored{200, {}, R"({"data":{"expires_at":1}})"};
const HttpReply pending{
    200, {}, R"({"data":{"id":"1880028106020515840","processing_info":{"state":"pending","check_after_secs":5}}})"};
const HttpReply succeeded{200, {}, R"({"data":{"id":"1880028106020515840","processing_info":{"state":"succeeded"}}})"};
const HttpReply posted{201, {}, R"({"data":{"id":"1880028106020515999","text":"Cats"}})"};
const HttpReply empty_list{200, {}, R"({"meta":{"result_count":0}})"};
const HttpReply listed{
    200,
    {},
    R"({"data":[{"id":"7","text":"other"},{"id":"8","attachments":{"media_keys":["13_1880028106020515840"]}}]})"};

struct World {
    ManualClock clock;
    PublishOrder order = good_order();
    AccountFacts account{"", "42"};
    XOptions options;

    XPost from(std::string_view memory) { return XPost(order, account, memory, options, clock); }
};

const Send& sent(const Step& step)
{
    return std::get<Send>(step);
}

// What it remembers when all pieces are there, restored before each step.
std::string uploaded(World& world)
{
    std::string memory;
    const auto tell = [&](const HttpReply& reply) {
        XPost post = world.from(memory);
        post.resume();
        post.on_reply(reply);
        memory = post.memory();
    };
    tell(opened);
    for (int piece = 0; piece < 3; ++piece)
        tell(stored);
    return memory;
}

} // namespace

TEST_CASE("X: pieces, then the processing, then one post")
{
    World world;
    XPost post = world.from("");
    Step step = post.resume();
    CHECK(sent(step).url == "https://api.x.com/2/media/upload/initialize");
    CHECK(json::parse(sent(step).before).at("total_bytes") == 2'500'000);
    std::uint64_t total = 0;
    step = post.on_reply(opened);
    for (int piece = 0; piece < 3; ++piece) {
        CHECK(sent(step).url.ends_with("/1880028106020515840/append"));
        CHECK(sent(step).slice->offset == total);
        total += sent(step).slice->length;
        step = post.on_reply(stored);
    }
    CHECK(total == world.order.size);
    CHECK(post.confirmed_bytes() == world.order.size);
    CHECK(sent(step).url.ends_with("/finalize"));
    step = post.on_reply(pending);
    CHECK(std::get<Wait>(step).until == world.clock.now() + 5s);
    CHECK(sent(post.resume()).method == "GET");
    step = post.on_reply(succeeded);
    CHECK(sent(step).purpose == Send::Purpose::commit);
    CHECK(json::parse(sent(step).before) ==
          json::parse(R"({"text":"Cats\n\n#one","media":{"media_ids":["1880028106020515840"]}})"));
    step = post.on_reply(posted);
    CHECK(std::get<Published>(step).url == "https://x.com/i/status/1880028106020515999");
}

TEST_CASE("X: a post without an answer is looked for, and never sent again")
{
    World world;
    std::string memory = uploaded(world);
    for (const int status : {0, 500, 502, 201, 403}) {
        CAPTURE(status);
        XPost post = world.from(memory);
        post.resume();
        CHECK(sent(post.on_reply(succeeded)).purpose == Send::Purpose::commit);
        const HttpReply duplicate{
            403, {}, R"({"detail":"You are not allowed to create a Tweet with duplicate content."})"};
        const Step step = status == 0     ? post.on_loss(Loss::unknown)
                          : status == 403 ? post.on_reply(duplicate)
                                          : post.on_reply({status, {}, "<html>"});
        CHECK(std::holds_alternative<Wait>(step));
        CHECK(post.stage() == State::committing);

        XPost found = world.from(post.memory());
        world.clock.advance(world.options.post_settles);
        CHECK(sent(found.resume()).purpose == Send::Purpose::reconcile);
        CHECK(std::get<Published>(found.on_reply(listed)).remote_id == "8");

        XPost missing = world.from(post.memory());
        for (int look = 0; look < 4; ++look) {
            CHECK(sent(missing.resume()).method == "GET");
            CHECK(std::holds_alternative<Wait>(missing.on_reply(empty_list)));
        }
        missing.resume();
        CHECK(std::holds_alternative<Undecided>(missing.on_reply(empty_list)));
    }
}

TEST_CASE("X: a post that never left, and one that X refuses, are not in doubt")
{
    World world;
    const std::string memory = uploaded(world);
    XPost unsent = world.from(memory);
    unsent.resume();
    unsent.on_reply(succeeded);
    unsent.on_loss(Loss::not_sent);
    CHECK(sent(world.from(unsent.memory()).resume()).purpose == Send::Purpose::commit);

    XPost refused = world.from(memory);
    refused.resume();
    refused.on_reply(succeeded);
    const Step step = refused.on_reply(
        {403, {}, R"({"title":"Forbidden","detail":"no","type":"https://api.x.com/2/problems/client-forbidden"})"});
    CHECK(std::get<Refused>(step).kind == Refused::Kind::not_permitted);
    CHECK(std::get<Refused>(step).code == "client-forbidden");
}

TEST_CASE("X: an upload that X lost is begun anew, three times at most")
{
    World world;
    XPost post = world.from("");
    post.resume();
    const HttpReply gone{400, {}, R"({"detail":"media id is invalid"})"};
    for (int upload = 0; upload < 2; ++upload) {
        post.on_reply(opened);
        CHECK(sent(post.on_reply(gone)).url.ends_with("/initialize"));
    }
    post.on_reply(opened);
    CHECK(std::get<Refused>(post.on_reply(gone)).code == "session_lost");
}

TEST_CASE("X: a video that X forgot before the post is uploaded anew")
{
    World world;
    XPost post = world.from(uploaded(world));
    post.resume();
    post.on_reply(succeeded);
    const Step step = post.on_reply(
        {400, {}, R"({"detail":"One or more parameters","errors":[{"message":"Your media IDs are invalid."}]})"});
    CHECK(sent(step).url.ends_with("/initialize"));
    CHECK(post.stage() == State::opening);
    CHECK(sent(world.from(post.memory()).resume()).url.ends_with("/initialize"));
}

TEST_CASE("X: an error beside \"in_progress\" is a failure")
{
    const auto media = x_media(
        {200, {}, R"({"data":{"id":"1","processing_info":{"state":"in_progress","error":{"name":"InvalidMedia"}}}})"});
    REQUIRE(media);
    CHECK(media->state == XMedia::State::failed);
    CHECK(media->why == "InvalidMedia");
}

TEST_CASE("X: a 200 with errors alone is none")
{
    CHECK(!x_post_id({200, {}, R"({"errors":[{"message":"no"}]})"}));
    CHECK(!x_post_id({201, {}, R"({"data":{"id":"../../x"}})"}));
}

TEST_CASE("X: limits are told before anything is sent")
{
    World world;
    const auto platform = make_x();
    CHECK(platform->validate(world.order).empty());
    world.order.options = {{"text", std::string(281, 'x')}, {"replies", "nobody"}};
    world.order.duration = 141s;
    CHECK(platform->validate(world.order).size() == 3);
    world.order = good_order();
    world.order.options = {{"text", "$ONE and $TWO for $5"}};
    CHECK(platform->validate(world.order).size() == 1);
}
