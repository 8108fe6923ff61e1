#include "publishing/platforms/instagram.hpp"

#include "http/form.hpp"
#include "publishing/platforms/instagram_post.hpp"
#include "unit/manual_clock.hpp"

#include <boost/json.hpp>
#include <doctest/doctest.h>

using namespace vitrina;
using namespace std::chrono_literals;
namespace json = boost::json;
using State = PublicationState;

namespace {

const HttpReply opened{200, {}, R"({"id":"17001","uri":"https://rupload.facebook.com/ig-api-upload/v25.0/17001"})"};
const HttpReply stored{200, {}, R"({"success":true,"message":"Upload successful."})"};
const HttpReply finished{200, {}, R"({"status_code":"FINISHED","status":"Finished"})"};
const HttpReply in_progress{200, {}, R"({"status_code":"IN_PROGRESS"})"};
const HttpReply is_published{200, {}, R"({"status_code":"PUBLISHED"})"};
const HttpReply expired{200, {}, R"({"status_code":"EXPIRED"})"};
const HttpReply room{200, {}, R"({"data":[{"quota_usage":3,"config":{"quota_total":50}}]})"};
const HttpReply media{200, {}, R"({"id":"17777"})"};
const HttpReply address{200, {}, R"({"id":"17777","permalink":"https://www.instagram.com/reel/abc/"})"};
const HttpReply unknown{400, {}, R"({"error":{"code":100,"error_subcode":33,"message":"no such object"}})"};

HttpReply error(int code, int subcode)
{
    return {400,
            {},
            json::serialize(json::object{{"error", {{"message", "no"}, {"code", code}, {"error_subcode", subcode}}}})};
}

struct World {
    ManualClock clock;
    PublishOrder order;
    AccountFacts account{"", "17099"};
    InstagramOptions options;

    World()
    {
        order.title = "Cats";
        order.tags = {"one"};
        order.size = 1000;
        order.content_type = "video/mp4";
        order.duration = 30s;
        order.width = 1080;
        order.height = 1920;
    }
    InstagramPost from(std::string_view memory) { return InstagramPost(order, account, memory, options, clock); }
    // As far as these answers lead.
    InstagramPost after(std::initializer_list<HttpReply> replies)
    {
        InstagramPost one = from("");
        one.resume();
        for (const HttpReply& reply : replies)
            one.on_reply(reply);
        return one;
    }
    // With the request to publish on its way.
    InstagramPost publishing()
    {
        InstagramPost one = after({opened, stored, finished});
        const Step step = one.on_reply(room);
        CHECK(std::get<Send>(step).purpose == Send::Purpose::commit);
        return one;
    }
    HttpReply listed(std::initializer_list<std::string_view> captions) const
    {
        json::array data;
        for (const std::string_view caption : captions)
            data.push_back(json::object{{"id", "1777" + std::to_string(data.size())},
                                        {"caption", caption},
                                        {"timestamp", rfc3339(clock.now()).substr(0, 19) + "+0000"}});
        return {200, {}, json::serialize(json::object{{"data", std::move(data)}})};
    }
};

const Send& sent(const Step& step)
{
    return std::get<Send>(step);
}

} // namespace

TEST_CASE("Instagram: a container, its bytes, its processing, one post, and its address")
{
    World world;
    world.order.options = {{"cover_at", 1500}, {"collaborators", {"bob"}}, {"share_to_feed", false}};
    InstagramPost one = world.from("");
    Step step = one.resume();
    CHECK(sent(step).url == "https://graph.facebook.com/v25.0/17099/media");
    const auto form = parse_form(sent(step).before).value();
    CHECK(form == FormFields{{"media_type", "REELS"},
                             {"upload_type", "resumable"},
                             {"caption", "Cats\n\n#one"},
                             {"share_to_feed", "false"},
                             {"thumb_offset", "1500"},
                             {"collaborators", R"(["bob"])"}});
    step = one.on_reply(opened);
    CHECK(sent(step).url == "https://rupload.facebook.com/ig-api-upload/v25.0/17001");
    CHECK(sent(step).credentials == Send::Credentials::oauth);
    step = one.on_reply(stored);
    CHECK(std::get<Wait>(one.on_reply(in_progress)).kind == Wait::Kind::processing);
    one.resume();
    step = one.on_reply(finished);
    CHECK(sent(step).url.find("content_publishing_limit") != std::string::npos);
    step = one.on_reply(room);
    CHECK(sent(step).before == "creation_id=17001");
    CHECK(sent(step).purpose == Send::Purpose::commit);
    step = one.on_reply(media);
    CHECK(sent(step).url.find("/17777?") != std::string::npos);
    CHECK(std::get<Published>(one.on_reply(address)).url == "https://www.instagram.com/reel/abc/");
}

TEST_CASE("Instagram: an upload that broke goes on from where it says, or in another container")
{
    World world;
    InstagramPost one = world.after({opened});
    CHECK(sent(one.resume()).method == "GET");
    const HttpReply part{
        200, {}, R"({"status_code":"IN_PROGRESS","video_status":{"uploading_phase":{"bytes_transferred":400}}})"};
    CHECK(sent(one.on_reply(part)).slice->offset == 400);
    SUBCASE("a success status with an error body is none")
    {
        const HttpReply again{200, {}, R"({"debug_info":{"retriable":true,"type":"X","message":"later"}})"};
        CHECK(std::get<Wait>(one.on_reply(again)).why == "later");
        one.resume();
        one.on_reply(part);
        const HttpReply final{200, {}, R"({"debug_info":{"retriable":false,"type":"ProcessingFailedError"}})"};
        CHECK(sent(one.on_reply(final)).url.ends_with("/media"));
    }
    SUBCASE("it does not say: three containers at most")
    {
        for (int i = 0; i < 2; ++i) {
            one.resume();
            CHECK(sent(one.on_reply(in_progress)).url.ends_with("/media"));
            one.on_reply(opened);
        }
        one.resume();
        CHECK(std::get<Refused>(one.on_reply(in_progress)).code == "session_lost");
    }
}

TEST_CASE("Instagram: whether an unanswered request to publish arrived, the container tells")
{
    World world;
    InstagramPost one = world.publishing();
    const std::string ours = instagram_caption(world.order);
    Step step = one.on_loss(Loss::unknown);
    CHECK(one.stage() == State::committing);
    CHECK(std::holds_alternative<Wait>(one.resume()));
    world.clock.advance(world.options.publish_settles);
    CHECK(sent(one.resume()).purpose == Send::Purpose::reconcile);
    SUBCASE("published: the only post of these words since then is it")
    {
        CHECK(sent(one.on_reply(is_published)).url.find("/17099/media?") != std::string::npos);
        step = one.on_reply(world.listed({"Dogs", ours}));
        CHECK(sent(step).url.find("/17771?") != std::string::npos);
        CHECK(std::get<Published>(one.on_reply(address)).remote_id == "17771");
    }
    SUBCASE("published, and two posts say the same: neither is taken")
    {
        one.on_reply(is_published);
        for (int look = 0; look < 4; ++look) {
            CHECK(std::holds_alternative<Wait>(one.on_reply(world.listed({ours, ours}))));
            one.resume();
        }
        CHECK(std::get<Published>(one.on_reply(world.listed({ours, ours}))).remote_id == "");
    }
    SUBCASE("not published, after several looks: it is published then")
    {
        for (int look = 0; look < 4; ++look) {
            CHECK(std::holds_alternative<Wait>(one.on_reply(finished)));
            CHECK(one.stage() == State::committing);
            one.resume();
        }
        one.on_reply(finished);
        CHECK(one.stage() == State::remote_processing);
        CHECK(sent(one.resume()).method == "GET");
        CHECK(sent(one.on_reply(finished)).url.find("limit") != std::string::npos);
        CHECK(sent(one.on_reply(room)).purpose == Send::Purpose::commit);
    }
    SUBCASE("expired means that it was not published")
    {
        one.on_reply(expired);
        one.resume();
        CHECK(sent(one.on_reply(expired)).url.ends_with("/media"));
    }
    SUBCASE("the container is gone, and the list does not know: a person is asked")
    {
        for (int look = 0; look < 4; ++look) {
            CHECK(std::holds_alternative<Wait>(one.on_reply(unknown)));
            one.resume();
        }
        CHECK(sent(one.on_reply(unknown)).purpose == Send::Purpose::reconcile);
        for (int look = 0; look < 4; ++look) {
            CHECK(std::holds_alternative<Wait>(one.on_reply(world.listed({"Dogs"}))));
            one.resume();
        }
        CHECK(std::holds_alternative<Undecided>(one.on_reply(world.listed({}))));
    }
}

TEST_CASE("Instagram: \"blocked\" has come with the post live: it is looked up first")
{
    World world;
    InstagramPost one = world.publishing();
    CHECK(std::holds_alternative<Wait>(one.on_reply(error(4, 2207051))));
    CHECK(one.stage() == State::committing);
    InstagramPost later = world.from(one.memory());
    world.clock.advance(world.options.publish_settles);
    later.resume();
    SUBCASE("live")
    {
        later.on_reply(is_published);
        CHECK(later.stage() == State::confirming);
    }
    SUBCASE("not live")
    {
        for (int look = 0; look < 4; ++look) {
            later.on_reply(finished);
            later.resume();
        }
        const Step step = later.on_reply(finished);
        CHECK(std::get<Refused>(step).code == "action_blocked");
    }
}

TEST_CASE("Instagram: answers to publishing that say no")
{
    World world;
    InstagramPost early = world.publishing();
    CHECK(std::get<Wait>(early.on_reply(error(9007, 2207027))).kind == Wait::Kind::processing);
    CHECK(early.stage() == State::remote_processing);
    InstagramPost full = world.publishing();
    CHECK(std::get<Wait>(full.on_reply(error(9, 2207042))).kind == Wait::Kind::quota);
    CHECK(full.stage() == State::ready);
    InstagramPost gone = world.publishing(); // may be said of one that was published
    CHECK(std::holds_alternative<Wait>(gone.on_reply(error(100, 2207006))));
    CHECK(gone.stage() == State::committing);
    InstagramPost restricted = world.publishing();
    CHECK(std::get<Refused>(restricted.on_reply(error(25, 2207050))).kind == Refused::Kind::not_permitted);
}

TEST_CASE("Instagram: a full day waits, and nothing is sent")
{
    World world;
    InstagramPost one = world.after({opened, stored, finished});
    const Step step = one.on_reply({200, {}, R"({"data":[{"quota_usage":50,"config":{"quota_total":50}}]})"});
    CHECK(std::get<Wait>(step).kind == Wait::Kind::quota);
    CHECK(sent(one.resume()).url.find("content_publishing_limit") != std::string::npos);
}

TEST_CASE("Instagram: an address that cannot be read does not fail the post")
{
    World world;
    InstagramPost one = world.publishing();
    one.on_reply(media);
    for (int look = 0; look < 4; ++look) {
        CHECK(std::holds_alternative<Wait>(one.on_reply(unknown)));
        CHECK(one.stage() == State::confirming);
        one.resume();
    }
    const Step step = one.on_reply(unknown);
    CHECK(std::get<Published>(step).remote_id == "17777");
    CHECK(std::get<Published>(step).url == "");
}

TEST_CASE("Instagram: limits are told before anything is sent")
{
    World world;
    const auto platform = make_instagram();
    CHECK(platform->validate(world.order).empty());
    std::string many;
    for (int i = 0; i < 31; ++i)
        many += "#t" + std::to_string(i) + " ";
    world.order.options = {{"text", many}};
    CHECK(platform->validate(world.order).size() == 1);
    world.order.options = {{"text", std::string(2201, 'a')}, {"cover_at", 60'000}};
    CHECK(platform->validate(world.order).size() == 2);
    world.order.options = {{"collaborators", {"a", "b", "c", "d"}}};
    CHECK(platform->validate(world.order).size() == 1);
    CHECK(count_marked("a@b.c @bob #one ## # @", '@') == 1);
    CHECK(count_marked("a@b.c @bob #one ## # @", '#') == 1);
}

TEST_CASE("Instagram: the code becomes the accounts that are linked to the person's pages")
{
    const auto platform = make_instagram();
    ConsentVisit visit;
    visit.app = {"client", Secret("secret")};
    const auto exchange = platform->consent()->exchange(visit, "code");
    exchange->resume();
    exchange->on_reply({200, {}, R"({"access_token":"short"})"});
    exchange->on_reply({200, {}, R"({"access_token":"long"})"});
    exchange->on_reply({200,
                        {},
                        R"({"data":[{"permission":"instagram_basic","status":"granted"},)"
                        R"({"permission":"instagram_content_publish","status":"granted"},)"
                        R"({"permission":"pages_show_list","status":"granted"},)"
                        R"({"permission":"pages_read_engagement","status":"granted"}]})"});
    const ConsentStep step =
        exchange->on_reply({200,
                            {},
                            R"({"data":[{"id":"1","access_token":"p1","tasks":["CREATE_CONTENT"]},)"
                            R"({"id":"2","access_token":"p2","tasks":["CREATE_CONTENT"],)"
                            R"("instagram_business_account":{"id":"17099","username":"cats"}}]})"});
    const Granted& granted = std::get<Granted>(step);
    REQUIRE(granted.identities.size() == 1);
    CHECK(granted.identities[0].remote_id == "17099");
    CHECK(granted.identities[0].name == "@cats");
    CHECK(granted.identities[0].access_token.reveal() == "p2");
}
