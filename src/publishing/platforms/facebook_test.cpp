#include "publishing/platforms/facebook.hpp"

#include "http/form.hpp"
#include "publishing/platforms/facebook_post.hpp"
#include "publishing/platforms/meta_reply.hpp"
#include "unit/manual_clock.hpp"

#include <boost/json.hpp>
#include <doctest/doctest.h>
#include <rapidcheck.h>

using namespace vitrina;
using namespace std::chrono_literals;
namespace json = boost::json;
using State = PublicationState;

namespace {

const HttpReply started{200, {}, R"({"video_id":"11","upload_session_id":"22","start_offset":"0","end_offset":"600"})"};
const HttpReply more{200, {}, R"({"start_offset":"600","end_offset":"1000"})"};
const HttpReply all_there{200, {}, R"({"start_offset":"1000","end_offset":"1000"})"};
const HttpReply accepted{200, {}, R"({"success":true})"};
const HttpReply reel_started{
    200, {}, R"({"video_id":"11","upload_url":"https://rupload.facebook.com/video-upload/v25.0/11"})"};

HttpReply error(int code, int subcode = 0, int status = 400)
{
    json::object said{{"message", "no"}, {"type", "OAuthException"}, {"code", code}, {"fbtrace_id", "A"}};
    if (subcode != 0)
        said["error_subcode"] = subcode;
    return {status, {}, json::serialize(json::object{{"error", std::move(said)}})};
}

HttpReply video(std::string state, std::string processing, std::string publishing, std::string more = "")
{
    return {200,
            {},
            R"({"id":"11","status":{"video_status":")" + state + R"(","processing_phase":{"status":")" + processing +
                R"("},"publishing_phase":{"status":")" + publishing + R"("}})" + more + "}"};
}

struct World {
    ManualClock clock;
    PublishOrder order;
    AccountFacts account{"", "99"};
    FacebookOptions options;

    World()
    {
        order.title = "Cats";
        order.description = "Two of them";
        order.tags = {"one"};
        order.size = 1000;
        order.content_type = "video/mp4";
        order.source_key = "a.mp4";
        order.client_key = "key";
        order.duration = 30s;
        order.width = 1280;
        order.height = 720;
    }
    FacebookPost from(std::string_view memory) { return FacebookPost(order, account, memory, options, clock); }
    // As far as these answers lead.
    FacebookPost after(std::initializer_list<HttpReply> replies)
    {
        FacebookPost one = from("");
        one.resume();
        for (const HttpReply& reply : replies)
            one.on_reply(reply);
        return one;
    }
    std::string in_the_dark()
    {
        FacebookPost one = after({started, more, all_there});
        one.on_loss(Loss::unknown);
        CHECK(one.stage() == State::committing);
        clock.advance(options.finish_settles);
        return one.memory();
    }
};

const Send& sent(const Step& step)
{
    return std::get<Send>(step);
}

std::string field_of(const Send& send, std::string_view name)
{
    const FormFields form = parse_form(send.before).value();
    for (const auto& [key, value] : form)
        if (key == name)
            return value;
    return "";
}

} // namespace

TEST_CASE("Facebook: the ranges it asks for, then one request to publish, then the processing")
{
    World world;
    FacebookPost one = world.from("");
    Step step = one.resume();
    CHECK(sent(step).url == "https://graph-video.facebook.com/v25.0/99/videos");
    CHECK(sent(step).credentials == Send::Credentials::query);
    CHECK(field_of(sent(step), "file_size") == "1000");
    step = one.on_reply(started);
    CHECK(sent(step).slice->length == 600);
    CHECK(sent(step).before.find("name=\"start_offset\"\r\n\r\n0\r\n") != std::string::npos);
    step = one.on_reply(more);
    CHECK(sent(step).slice->offset == 600);
    step = one.on_reply(all_there);
    CHECK(sent(step).purpose == Send::Purpose::commit);
    CHECK(field_of(sent(step), "description") == "Two of them\n\n#one");
    CHECK(field_of(sent(step), "published") == "true");
    step = one.on_reply(accepted);
    CHECK(one.stage() == State::confirming);
    CHECK(std::get<Wait>(step).kind == Wait::Kind::processing);
    CHECK(sent(one.resume()).purpose == Send::Purpose::ordinary);
    CHECK(std::holds_alternative<Wait>(one.on_reply(video("ready", "complete", "complete")))); // and not yet public
    one.resume();
    step =
        one.on_reply(video("ready", "complete", "complete", R"(,"published":true,"permalink_url":"/cats/videos/11/")"));
    CHECK(std::get<Published>(step).remote_id == "11");
    CHECK(std::get<Published>(step).url == "https://www.facebook.com/cats/videos/11/");
}

TEST_CASE("Facebook: an upright short one is a reel, whose bytes go to another host")
{
    World world;
    world.order.width = 1080;
    world.order.height = 1920;
    FacebookPost one = world.from("");
    CHECK(sent(one.resume()).url == "https://graph.facebook.com/v25.0/99/video_reels");
    Step step = one.on_reply(reel_started);
    CHECK(sent(step).credentials == Send::Credentials::oauth);
    CHECK(sent(step).headers[0] == std::pair<std::string, std::string>("offset", "0"));
    CHECK(std::holds_alternative<Wait>(one.on_loss(Loss::unknown)));
    CHECK(sent(one.resume()).url == "https://graph.facebook.com/v25.0/11?fields=status");
    SUBCASE("it says how much it has, in either spelling")
    {
        for (const char* spelling : {"bytes_transferred", "bytes_transfered"}) {
            one.resume();
            step =
                one.on_reply({200, {}, R"({"status":{"uploading_phase":{")" + std::string(spelling) + R"(":400}}})"});
            CHECK(sent(step).slice->offset == 400);
            CHECK(sent(step).slice->length == 600);
        }
        step = one.on_reply(accepted);
        CHECK(sent(step).purpose == Send::Purpose::commit);
        CHECK(field_of(sent(step), "video_state") == "PUBLISHED");
        one.on_reply(accepted);
        one.resume();
        CHECK(std::holds_alternative<Wait>(one.on_reply(video("ready", "complete", "in_progress"))));
        one.resume();
        step = one.on_reply(video("ready", "complete", "complete"));
        CHECK(std::get<Published>(step).url == "https://www.facebook.com/reel/11");
    }
    SUBCASE("it does not say: anew, three times at most")
    {
        const HttpReply silent{200, {}, R"({"status":{"video_status":"uploading"}})"};
        for (int i = 0; i < 2; ++i) {
            CHECK(sent(one.on_reply(silent)).url.ends_with("/video_reels"));
            one.on_reply(reel_started);
            one.resume();
        }
        CHECK(std::get<Refused>(one.on_reply(silent)).code == "session_lost");
    }
}

TEST_CASE("Facebook: the token goes to Meta's upload host only")
{
    World world;
    world.order.options = {{"kind", "reel"}};
    for (const char* url : {"https://rupload.facebook.com.evil.example/1", "http://rupload.facebook.com/1",
                            "https://evil.example/https://rupload.facebook.com/", "https://rupload.facebook.com/a b"}) {
        CAPTURE(url);
        FacebookPost one = world.from("");
        one.resume();
        const std::string body = json::serialize(json::object{{"video_id", "11"}, {"upload_url", url}});
        CHECK(std::holds_alternative<Wait>(one.on_reply({200, {}, body})));
    }
}

TEST_CASE("Facebook: a success that is none, and a range that makes no sense")
{
    World world;
    FacebookPost one = world.after({started});
    one.resume();
    for (const char* body :
         {"", "<html>", "{}", R"({"start_offset":"600"})", R"({"start_offset":"600","end_offset":"1001"})",
          R"({"start_offset":"700","end_offset":"700"})", R"({"success":true})"}) {
        CAPTURE(body);
        CHECK(std::holds_alternative<Wait>(one.on_reply({200, {}, body})));
        one.resume();
    }
    CHECK(std::holds_alternative<Wait>(one.on_reply({200, {}, R"({"start_offset":"0","end_offset":"600"})"})));
}

TEST_CASE("Facebook: a wrong offset is put right by what it says, and a lost session by a new one")
{
    World world;
    FacebookPost one = world.after({started});
    one.resume();
    for (const char* data :
         {R"({"start_offset":"600","end_offset":"1000"})", R"("{\"start_offset\":600,\"end_offset\":1000}")"}) {
        const Step step =
            one.on_reply({400, {}, R"({"error":{"code":1363037,"error_data":)" + std::string(data) + "}}"});
        CHECK(sent(step).slice->offset == 600);
    }
    CHECK(field_of(sent(one.on_reply(error(1363037))), "upload_phase") == "start");
    one.on_reply(started);
    CHECK(field_of(sent(one.on_reply(error(100, 1363041))), "upload_phase") == "start");
    one.on_reply(started);
    CHECK(std::get<Refused>(one.on_reply(error(6000))).code == "session_lost");
}

TEST_CASE("Facebook: a request to publish without an answer is looked up, and sent again only when it did not arrive")
{
    World world;
    const std::string memory = world.in_the_dark();
    SUBCASE("it arrived")
    {
        FacebookPost one = world.from(memory);
        CHECK(sent(one.resume()).purpose == Send::Purpose::reconcile);
        one.on_reply(video("processing", "in_progress", "not_started", R"(,"published":true)"));
        CHECK(one.stage() == State::confirming);
    }
    SUBCASE("it did not")
    {
        FacebookPost one = world.from(memory);
        for (int look = 0; look < 5; ++look) {
            CHECK(sent(one.resume()).method == "GET");
            CHECK(one.stage() == State::committing);
            CHECK(std::holds_alternative<Wait>(
                one.on_reply(video("upload_complete", "not_started", "not_started", R"(,"published":false)"))));
        }
        CHECK(one.stage() == State::ready);
        CHECK(sent(one.resume()).purpose == Send::Purpose::commit);
    }
    SUBCASE("while it is processed nothing is known")
    {
        FacebookPost one = world.from(memory);
        for (int look = 0; look < 20; ++look) {
            one.resume();
            CHECK(std::holds_alternative<Wait>(one.on_reply(video("processing", "in_progress", "not_started"))));
            one.resume();
            CHECK(std::holds_alternative<Wait>(one.on_reply(error(100, 33)))); // known to come after a good one
            CHECK(one.stage() == State::committing);
        }
    }
}

TEST_CASE("Facebook: which answers to publishing leave it in the dark")
{
    World world;
    for (const HttpReply& reply :
         {error(1), error(2), error(506), error(100, 33), HttpReply{502, {}, "<html>"}, HttpReply{200, {}, "{}"},
          HttpReply{200, {}, R"({"success":false})"}, error(100, 0, 500)}) {
        CAPTURE(reply.body);
        FacebookPost one = world.after({started, more});
        one.resume();
        one.on_reply(all_there);
        CHECK(std::holds_alternative<Wait>(one.on_reply(reply)));
        CHECK(one.stage() == State::committing);
    }
    FacebookPost one = world.after({started, more});
    one.resume();
    one.on_reply(all_there);
    CHECK(std::get<Refused>(one.on_reply(error(100, 1363026))).kind == Refused::Kind::invalid_content);
    CHECK(one.stage() == State::ready);
}

TEST_CASE("Facebook: a video that cannot be processed")
{
    World world;
    FacebookPost one = world.after({started, more, all_there});
    one.on_reply(accepted);
    one.resume();
    const HttpReply broken{200,
                           {},
                           R"({"status":{"video_status":"error","processing_phase":{"status":"error",)"
                           R"("errors":[{"code":1363008,"message":"the codec is unknown"}]}}})"};
    CHECK(std::get<Refused>(one.on_reply(broken)).words == "the codec is unknown");
}

TEST_CASE("Meta: errors and what they mean")
{
    const Instant now{};
    const auto of = [now](const HttpReply& reply) { return meta_trouble(reply, now, "Facebook"); };
    CHECK(std::holds_alternative<Reconnect>(of(error(190, 463))));
    CHECK(std::holds_alternative<Reconnect>(of(error(100, 460))));
    CHECK(std::get<Refused>(of(error(200))).kind == Refused::Kind::not_permitted);
    CHECK(std::get<Refused>(of(error(368))).kind == Refused::Kind::not_permitted);
    CHECK(std::get<Wait>(of(error(2))).kind == Wait::Kind::transient);
    CHECK(std::get<Wait>(of(error(100, 33))).kind == Wait::Kind::transient);
    CHECK(std::get<Wait>(of(error(4))).until == now + 15min);
    CHECK(std::get<Wait>(of(error(80002))).kind == Wait::Kind::rate_limited);
    CHECK(std::get<Wait>(of(error(9, 2207042))).kind == Wait::Kind::quota);
    CHECK(std::get<Refused>(of(error(4, 2207051))).kind == Refused::Kind::not_permitted);
    CHECK(std::get<Refused>(of(error(100, 1363024))).code == "100/1363024");
    CHECK(std::get<Wait>(of({403, {}, "<html>"})).kind == Wait::Kind::transient);
    HttpReply slow = error(32);
    slow.headers = {{"X-Business-Use-Case-Usage", R"({"99":[{"type":"pages","estimated_time_to_regain_access":42}]})"}};
    CHECK(std::get<Wait>(of(slow)).until == now + 42min);
    const HttpReply told{400, {}, R"({"error":{"code":100,"message":"x","error_user_msg":"Say it so"}})"};
    CHECK(std::get<Refused>(of(told)).words == "Say it so");
}

TEST_CASE("Meta: no answer breaks the reading")
{
    CHECK(rc::check("any text", [](const std::string& text) {
        const std::string in_error = R"({"error":{"code":)" + text + "}}";
        for (const std::string& body : {text, in_error, "{\"status\":" + text + "}"}) {
            const HttpReply reply{400, {{"X-Business-Use-Case-Usage", body}}, body};
            meta_trouble(reply, Instant{}, "Facebook");
            rupload_outcome(reply);
            facebook_range({200, {}, body}, 1000);
            facebook_video({200, {}, body});
        }
    }));
}

TEST_CASE("Facebook: the code becomes the pages one may publish to")
{
    const auto platform = make_facebook();
    ConsentVisit visit;
    visit.app = {"client", Secret("secret")};
    visit.redirect_uri = "https://here.example/back";
    visit.state = "s";
    const std::string page = platform->consent()->page(visit);
    CHECK(page.find("scope=pages_show_list%2Cpages_read_engagement%2Cpages_manage_posts") != std::string::npos);
    CHECK(page.find("code_challenge") == std::string::npos);
    const HttpReply allowed{200,
                            {},
                            R"({"data":[{"permission":"pages_show_list","status":"granted"},)"
                            R"({"permission":"pages_read_engagement","status":"granted"},)"
                            R"({"permission":"pages_manage_posts","status":"granted"}]})"};
    const auto exchange = platform->consent()->exchange(visit, "code");
    CHECK(std::get<Send>(exchange->resume()).url.find("code=code") != std::string::npos);
    ConsentStep step = exchange->on_reply({200, {}, R"({"access_token":"short"})"});
    CHECK(std::get<Send>(step).url.find("fb_exchange_token=short") != std::string::npos);
    step = exchange->on_reply({200, {}, R"({"access_token":"long"})"});
    CHECK(std::get<Send>(step).url.find("me/permissions?access_token=long") != std::string::npos);
    SUBCASE("pages of two lists, and only those with the task")
    {
        exchange->on_reply(allowed);
        step = exchange->on_reply({200,
                                   {},
                                   R"({"data":[{"id":"1","name":"One","access_token":"p1","tasks":["CREATE_CONTENT"]},)"
                                   R"({"id":"2","name":"Two","access_token":"p2","tasks":["ANALYZE"]}],)"
                                   R"("paging":{"next":"https://graph.facebook.com/v25.0/1/accounts?after=x"}})"});
        CHECK(std::get<Send>(step).url == "https://graph.facebook.com/v25.0/1/accounts?after=x");
        step =
            exchange->on_reply({200,
                                {},
                                R"({"data":[{"id":"3","name":"Three","access_token":"p3","tasks":["CREATE_CONTENT"]}],)"
                                R"("paging":{"next":"https://evil.example/"}})"});
        const Granted& granted = std::get<Granted>(step);
        REQUIRE(granted.identities.size() == 2);
        CHECK(granted.identities[1].remote_id == "3");
        CHECK(granted.identities[1].access_token.reveal() == "p3");
        CHECK_FALSE(granted.identities[1].expires_in);
    }
    SUBCASE("a permission was left out")
    {
        step = exchange->on_reply({200, {}, R"({"data":[{"permission":"pages_show_list","status":"granted"}]})"});
        CHECK(std::get<NotGranted>(step).why.find("pages_read_engagement") != std::string::npos);
    }
    SUBCASE("there is no page")
    {
        exchange->on_reply(allowed);
        CHECK(std::holds_alternative<NotGranted>(exchange->on_reply({200, {}, R"({"data":[]})"})));
    }
    SUBCASE("an error")
    {
        CHECK(std::holds_alternative<NotGranted>(exchange->on_reply(error(190))));
        CHECK(std::holds_alternative<GrantLater>(exchange->on_reply({502, {}, "<html>"})));
    }
}

TEST_CASE("Facebook: limits are told before anything is sent")
{
    World world;
    const auto platform = make_facebook();
    CHECK(platform->validate(world.order).empty());
    world.order.options = {{"kind", "reel"}};
    CHECK_FALSE(platform->validate(world.order).empty()); // lying
    world.order.width = 1080;
    world.order.height = 1920;
    CHECK(platform->validate(world.order).empty());
    world.order.duration = 2min;
    CHECK(platform->validate(world.order).size() == 1);
    world.order.options = {{"kind", "auto"}};
    CHECK(platform->validate(world.order).empty());
    CHECK_FALSE(is_facebook_reel(world.order)); // too long for one
    world.order.options = {{"category", "CATS"}};
    CHECK(platform->validate(world.order).size() == 1);
}
