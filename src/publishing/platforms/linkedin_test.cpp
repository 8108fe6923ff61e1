#include "publishing/platforms/linkedin.hpp"

#include "publishing/platforms/linkedin_post.hpp"
#include "publishing/platforms/linkedin_text.hpp"
#include "unit/manual_clock.hpp"

#include <boost/json/parse.hpp>
#include <doctest/doctest.h>
#include <rapidcheck.h>

using namespace vitrina;
using namespace std::chrono_literals;
namespace json = boost::json;
using State = PublicationState;

namespace {

const HttpReply opened{200,
                       {},
                       R"({"value":{"video":"urn:li:video:C4D1","uploadToken":"","uploadInstructions":[)"
                       R"({"uploadUrl":"https://dms-uploads.www.linkedin.com/0","firstByte":0,"lastByte":599},)"
                       R"({"uploadUrl":"https://dms-uploads.www.linkedin.com/1","firstByte":600,"lastByte":1199}]}})"};
const HttpReply kept{200, {{"ETag", "\"tag\""}}, ""};
const HttpReply done{200, {}, ""};
const HttpReply processing{200, {}, R"({"status":"PROCESSING"})"};
const HttpReply available{200, {}, R"({"status":"AVAILABLE"})"};
const HttpReply posted{201, {{"x-restli-id", "urn:li:share:7"}}, ""};
const HttpReply listed{200,
                       {},
                       R"({"elements":[{"id":"urn:li:share:6","content":{"media":{"id":"urn:li:video:X"}}},)"
                       R"({"id":"urn:li:share:7","content":{"media":{"id":"urn:li:video:C4D1"}}}]})"};
const HttpReply empty_list{200, {}, R"({"elements":[]})"};

struct World {
    ManualClock clock;
    PublishOrder order;
    AccountFacts account{"", "urn:li:organization:9"};
    LinkedinOptions options;

    World()
    {
        order.title = "Cats (two)";
        order.tags = {"one"};
        order.size = 1000;
        order.content_type = "video/mp4";
        order.duration = 30s;
    }
    LinkedinPost from(std::string_view memory) { return LinkedinPost(order, account, memory, options, clock); }
    // What it remembers when the video is there; restored before each step.
    std::string ready_to_look()
    {
        std::string memory;
        for (const HttpReply& reply : {opened, kept, kept, done}) {
            LinkedinPost one = from(memory);
            one.resume();
            one.on_reply(reply);
            memory = one.memory();
        }
        return memory;
    }
};

const Send& sent(const Step& step)
{
    return std::get<Send>(step);
}

} // namespace

TEST_CASE("LinkedIn: parts as it names them, then the processing, then one post")
{
    World world;
    LinkedinPost one = world.from("");
    Step step = one.resume();
    CHECK(json::parse(sent(step).before).at("initializeUploadRequest").at("fileSizeBytes") == 1000);
    CHECK(sent(step).headers[0].first == "LinkedIn-Version");
    step = one.on_reply(opened);
    CHECK(sent(step).url == "https://dms-uploads.www.linkedin.com/0");
    CHECK(sent(step).credentials == Send::Credentials::none);
    CHECK(sent(step).slice->length == 600);
    step = one.on_reply(kept);
    CHECK(sent(step).slice->length == 400); // the last one reaches beyond the file
    step = one.on_reply(kept);
    CHECK(json::parse(sent(step).before).at("finalizeUploadRequest").at("uploadedPartIds") ==
          json::array{"tag", "tag"});
    step = one.on_reply({400, {}, R"({"message":"no such part"})"});
    CHECK(json::parse(sent(step).before).at("finalizeUploadRequest").at("uploadedPartIds") ==
          json::array{"\"tag\"", "\"tag\""});
    step = one.on_reply(done);
    CHECK(sent(step).url == "https://api.linkedin.com/rest/videos/urn%3Ali%3Avideo%3AC4D1");
    CHECK(std::get<Wait>(one.on_reply(processing)).kind == Wait::Kind::processing);
    one.resume();
    step = one.on_reply(available);
    CHECK(sent(step).purpose == Send::Purpose::commit);
    const json::value body = json::parse(sent(step).before);
    CHECK(body.at("commentary") == "Cats \\(two\\)\n\n#one");
    CHECK(body.at("content").at("media").at("title") == "Cats (two)");
    CHECK(std::get<Published>(one.on_reply(posted)).url == "https://www.linkedin.com/feed/update/urn:li:share:7/");
}

TEST_CASE("LinkedIn: a post without an answer is looked for by an organisation, and never sent again")
{
    World world;
    const std::string memory = world.ready_to_look();
    for (const int status : {0, 500, 201}) {
        CAPTURE(status);
        LinkedinPost one = world.from(memory);
        one.resume();
        CHECK(sent(one.on_reply(available)).purpose == Send::Purpose::commit);
        const Step step = status == 0 ? one.on_loss(Loss::unknown) : one.on_reply({status, {}, "<html>"});
        CHECK(std::holds_alternative<Wait>(step));
        CHECK(one.stage() == State::committing);
        LinkedinPost found = world.from(one.memory());
        world.clock.advance(world.options.post_settles);
        CHECK(sent(found.resume()).purpose == Send::Purpose::reconcile);
        CHECK(std::get<Published>(found.on_reply(listed)).remote_id == "urn:li:share:7");
        LinkedinPost missing = world.from(one.memory());
        for (int look = 0; look < 4; ++look) {
            CHECK(sent(missing.resume()).method == "GET");
            CHECK(std::holds_alternative<Wait>(missing.on_reply(empty_list)));
        }
        missing.resume();
        CHECK(std::holds_alternative<Undecided>(missing.on_reply(empty_list)));
    }
}

TEST_CASE("LinkedIn: a person's posts cannot be read: the person is asked")
{
    World world;
    world.account.remote_id = "urn:li:person:abc";
    LinkedinPost one = world.from(world.ready_to_look());
    one.resume();
    one.on_reply(available);
    one.on_loss(Loss::unknown);
    world.clock.advance(world.options.post_settles);
    CHECK(std::holds_alternative<Undecided>(world.from(one.memory()).resume()));
}

TEST_CASE("LinkedIn: what it calls a duplicate may be another post")
{
    World world;
    LinkedinPost one = world.from(world.ready_to_look());
    one.resume();
    one.on_reply(available);
    CHECK(std::holds_alternative<Wait>(
        one.on_reply({422, {}, R"({"message":"Content is a duplicate of urn:li:share:5","code":"DUPLICATE_POST"})"})));
    LinkedinPost later = world.from(one.memory());
    world.clock.advance(world.options.post_settles);
    CHECK(sent(later.resume()).url == "https://api.linkedin.com/rest/posts/urn%3Ali%3Ashare%3A5");
    SUBCASE("it is ours")
    {
        const Step step = later.on_reply({200, {}, R"({"content":{"media":{"id":"urn:li:video:C4D1"}}})"});
        CHECK(std::get<Published>(step).remote_id == "urn:li:share:5");
    }
    SUBCASE("it is older")
    {
        const Step step = later.on_reply({200, {}, R"({"content":{"media":{"id":"urn:li:video:OLD"}}})"});
        CHECK(sent(step).url.find("q=author") != std::string::npos);
        CHECK(sent(step).purpose == Send::Purpose::reconcile);
    }
}

TEST_CASE("LinkedIn: who may not look at the video tries the post, and is told when it is too early")
{
    World world;
    LinkedinPost one = world.from(world.ready_to_look());
    const HttpReply forbidden{403, {}, R"({"code":"ACCESS_DENIED","message":"no"})"};
    const HttpReply early{400, {}, R"({"code":"MEDIA_ASSET_WAITING_UPLOAD","message":"not yet"})"};
    one.resume();
    CHECK(std::holds_alternative<Wait>(one.on_reply(forbidden)));
    for (int i = 0; i < 9; ++i) {
        CHECK(sent(one.resume()).method == "GET");
        CHECK(sent(one.on_reply(forbidden)).purpose == Send::Purpose::commit);
        CHECK(std::holds_alternative<Wait>(one.on_reply(early)));
        CHECK(one.stage() == State::remote_processing);
    }
    one.resume();
    one.on_reply(forbidden);
    CHECK(std::get<Refused>(one.on_reply(early)).code == "processing_timeout");
}

TEST_CASE("LinkedIn: an upload whose addresses have ended is begun anew, three times at most")
{
    World world;
    LinkedinPost one = world.from("");
    one.resume();
    for (int i = 0; i < 2; ++i) {
        one.on_reply(opened);
        CHECK(sent(one.on_reply({403, {}, "expired"})).method == "POST");
    }
    one.on_reply(opened);
    CHECK(std::get<Refused>(one.on_reply({403, {}, "expired"})).code == "session_lost");
}

TEST_CASE("LinkedIn: parts that leave a gap or overlap are no upload")
{
    const auto of = [](std::string parts, std::uint64_t size = 1000) {
        return linkedin_upload(
            {200, {}, R"({"value":{"video":"urn:li:video:V","uploadInstructions":[)" + parts + "]}}"}, size);
    };
    const auto part = [](int first, int last, std::string url = "https://a.example/1") {
        return R"({"uploadUrl":")" + url + R"(","firstByte":)" + std::to_string(first) + R"(,"lastByte":)" +
               std::to_string(last) + "}";
    };
    CHECK(of(part(0, 999)));
    CHECK(of(part(0, 5000)));
    for (const std::string& bad : {std::string(), part(1, 999), part(0, 500), part(0, 500) + "," + part(502, 999),
                                   part(0, 500) + "," + part(500, 999), part(0, 999) + "," + part(1000, 1999),
                                   part(0, 999, "http://a.example/1"), part(5, 2)}) {
        CAPTURE(bad);
        CHECK_FALSE(of(bad));
    }
}

TEST_CASE("LinkedIn: what would be taken for marks is escaped, and hashtags stay")
{
    CHECK(little_text("a (b) [c] {d} <e> @f *g* _h_ ~i~ |j| \\") ==
          "a \\(b\\) \\[c\\] \\{d\\} \\<e\\> \\@f \\*g\\* \\_h\\_ \\~i\\~ \\|j\\| \\\\");
    CHECK(little_text("#one and #señal, C# and # alone ##two") == "#one and #señal, C\\# and \\# alone \\##two");
    CHECK(rc::check("nothing is left unescaped", [](const std::string& text) {
        const std::string out = little_text(text);
        std::string back;
        for (std::size_t i = 0; i < out.size(); ++i) {
            if (out[i] == '\\')
                ++i;
            else
                RC_ASSERT(std::string("|{}@[]()<>*_~").find(out[i]) == std::string::npos);
            back += out[i];
        }
        RC_ASSERT(back == text);
    }));
}

TEST_CASE("LinkedIn: errors and what they mean")
{
    const Instant now{};
    const auto of = [now](int status, std::string body) {
        return linkedin_trouble({status, {}, std::move(body)}, now);
    };
    CHECK(std::holds_alternative<Reconnect>(of(401, R"({"serviceErrorCode":65601})")));
    CHECK(std::get<Wait>(of(426, R"({"code":"NONEXISTENT_VERSION"})")).until == now + 24h);
    CHECK(std::get<Wait>(of(429, "{}")).until == now + 15min);
    CHECK(std::get<Refused>(of(403, R"({"code":"ACCESS_DENIED"})")).kind == Refused::Kind::not_permitted);
    CHECK(std::get<Refused>(of(400, R"({"code":"INVALID_URN_ID","message":"bad"})")).code == "INVALID_URN_ID");
    CHECK(std::get<Wait>(of(403, "<html>")).kind == Wait::Kind::transient);
    CHECK_FALSE(is_linkedin_urn("urn:li:share:../x", "share"));
    CHECK_FALSE(is_linkedin_urn("urn:li:share:", "share"));
}

TEST_CASE("LinkedIn: the code becomes tokens for the person and their organisations")
{
    const auto platform = make_linkedin();
    ConsentVisit visit;
    visit.app = {"client", Secret("secret")};
    visit.redirect_uri = "https://here.example/back";
    visit.state = "s";
    CHECK(platform->consent()->page(visit).find("code_challenge") == std::string::npos);
    CHECK(platform->consent()->page(visit).ends_with("&scope=openid%20profile%20w_member_social"));
    CHECK(make_linkedin({.organisations = true})->consent()->page(visit).find("w_organization_social") !=
          std::string::npos);
    const auto exchange = platform->consent()->exchange(visit, "code");
    CHECK(std::get<Send>(exchange->resume()).before.find("client_secret=secret") != std::string::npos);
    exchange->on_reply(
        {200,
         {},
         R"({"access_token":"a","expires_in":5184000,"scope":"openid,profile,w_member_social,w_organization_social"})"});
    const ConsentStep asked = exchange->on_reply({200, {}, R"({"sub":"p1","name":"Alice"})"});
    CHECK(std::get<Send>(asked).url.find("organizationAcls") != std::string::npos);
    const ConsentStep end = exchange->on_reply({200, {}, R"({"elements":[{"organization":"urn:li:organization:9"}]})"});
    const Granted& granted = std::get<Granted>(end);
    REQUIRE(granted.identities.size() == 2);
    CHECK(granted.identities[0].remote_id == "urn:li:person:p1");
    CHECK(granted.identities[1].remote_id == "urn:li:organization:9");
    CHECK(granted.identities[0].expires_in == 5'184'000s);
}

TEST_CASE("LinkedIn: limits are told before anything is sent")
{
    World world;
    world.order.size = 100'000;
    const auto platform = make_linkedin();
    CHECK(platform->validate(world.order).empty());
    world.order.options = {{"text", std::string(2000, '(')}};
    CHECK(platform->validate(world.order).size() == 1); // escaped, it is twice as long
    world.order.options = {{"privacy", "friends"}};
    world.order.duration = 2s;
    CHECK(platform->validate(world.order).size() == 2);
}
