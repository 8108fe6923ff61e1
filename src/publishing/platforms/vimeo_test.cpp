#include "publishing/platforms/vimeo.hpp"

#include "publishing/platforms/vimeo_upload.hpp"
#include "unit/manual_clock.hpp"

#include <boost/json/parse.hpp>
#include <doctest/doctest.h>
#include <rapidcheck.h>

using namespace vitrina;
using namespace std::chrono_literals;
namespace json = boost::json;
using State = PublicationState;

namespace {

const std::string upload = "https://files.tus.vimeo.com/files/secret";
const HttpReply made{201,
                     {},
                     R"({"uri":"/videos/123","link":"https://vimeo.com/123","upload":{"approach":"tus",)"
                     R"("status":"in_progress","upload_link":"https://files.tus.vimeo.com/files/secret"}})"};
const HttpReply gone{404, {}, "The upload is unknown."};
const HttpReply deleted{204, {}, ""};

HttpReply at(std::uint64_t offset)
{
    return {204, {{"Upload-Offset", std::to_string(offset)}}, ""};
}

HttpReply in_state(std::string_view upload_state, std::string_view transcode)
{
    return {200,
            {},
            R"({"uri":"/videos/123","link":"https://vimeo.com/123/abc","upload":{"status":")" +
                std::string(upload_state) + R"("},"transcode":{"status":")" + std::string(transcode) + "\"}}"};
}

struct World {
    ManualClock clock;
    PublishOrder order;
    VimeoOptions options{.chunk = 600};

    World()
    {
        order.title = "Cats";
        order.size = 1000;
        order.content_type = "video/mp4";
    }
    VimeoUpload from(std::string_view memory) { return VimeoUpload(order, memory, options, clock); }
    // What it remembers when the last byte is on its way.
    std::string committed()
    {
        VimeoUpload one = from("");
        one.resume();
        one.on_reply(made);
        one.on_reply(at(600));
        CHECK(one.stage() == State::committing);
        return one.memory();
    }
};

const Send& sent(const Step& step)
{
    return std::get<Send>(step);
}

} // namespace

TEST_CASE("Vimeo: a placeholder, its tags, its bytes, and then its processing")
{
    World world;
    world.order.tags = {"one", "two words"};
    VimeoUpload one = world.from("");
    Step step = one.resume();
    CHECK(json::parse(sent(step).before).at("privacy").at("view") == "anybody");
    CHECK_FALSE(json::parse(sent(step).before).as_object().contains("description"));
    step = one.on_reply(made);
    CHECK(sent(step).url == "https://api.vimeo.com/videos/123/tags/one");
    step = one.on_reply({200, {}, "{}"});
    CHECK(sent(step).url == "https://api.vimeo.com/videos/123/tags/two%20words");
    step = one.on_reply({400, {}, R"({"error":"no"})"}); // of a tag: not worth the video
    CHECK(sent(step).url == upload);
    CHECK(sent(step).credentials == Send::Credentials::none);
    CHECK(sent(step).purpose == Send::Purpose::ordinary);
    step = one.on_reply(at(600));
    CHECK(sent(step).purpose == Send::Purpose::commit);
    CHECK(sent(step).slice->length == 400);
    CHECK(std::get<Wait>(one.on_reply(at(1000))).kind == Wait::Kind::processing);
    VimeoUpload later = world.from(one.memory());
    later.resume();
    CHECK(std::holds_alternative<Wait>(later.on_reply(in_state("complete", "in_progress"))));
    later.resume();
    CHECK(std::get<Published>(later.on_reply(in_state("complete", "complete"))).url == "https://vimeo.com/123/abc");
    later.resume();
    CHECK(std::get<Refused>(later.on_reply(in_state("complete", "error"))).code == "transcoding_failed");
}

TEST_CASE("Vimeo: what became of the last byte is asked of the upload")
{
    World world;
    VimeoUpload one = world.from(world.committed());
    const Step asked = one.resume();
    CHECK(sent(asked).method == "HEAD");
    CHECK(sent(asked).purpose == Send::Purpose::reconcile);
    SUBCASE("it is there")
    {
        one.on_reply({200, {{"Upload-Offset", "1000"}}, ""});
        CHECK(one.stage() == State::confirming);
    }
    SUBCASE("it is not, and is sent once more from where the upload stands")
    {
        const HttpReply short_of_it{200, {{"Upload-Offset", "500"}}, ""};
        CHECK(sent(one.on_reply(short_of_it)).purpose == Send::Purpose::ordinary);
        CHECK(one.stage() == State::uploading);
        const Step step = one.on_reply(short_of_it);
        CHECK(sent(step).slice->offset == 500);
        CHECK(sent(step).purpose == Send::Purpose::commit);
    }
    SUBCASE("nothing that can be understood")
    {
        for (const HttpReply& reply : {HttpReply{500, {}, ""}, HttpReply{200, {}, ""}, HttpReply{400, {}, "no"},
                                       HttpReply{200, {{"Upload-Offset", "1001"}}, ""}}) {
            CHECK(std::holds_alternative<Wait>(one.on_reply(reply)));
            CHECK(one.stage() == State::committing);
            one.resume();
        }
    }
}

TEST_CASE("Vimeo: an upload that is gone after its last byte: the video says what became of it")
{
    World world;
    VimeoUpload before = world.from(world.committed());
    before.resume();
    CHECK(std::holds_alternative<Wait>(before.on_reply(gone)));
    VimeoUpload one = world.from(before.memory());
    world.clock.advance(60s);
    CHECK(sent(one.resume()).url.find("/videos/123?") != std::string::npos);
    SUBCASE("it has all of it")
    {
        CHECK(std::holds_alternative<Wait>(one.on_reply(in_state("complete", "in_progress"))));
        CHECK(one.stage() == State::confirming);
    }
    SUBCASE("it never will: it is deleted before another is made")
    {
        for (int doubt = 0; doubt < 2; ++doubt) {
            CHECK(std::holds_alternative<Wait>(one.on_reply(in_state("in_progress", "in_progress"))));
            CHECK(one.stage() == State::committing);
            world.clock.advance(60s);
            CHECK(sent(one.resume()).purpose == Send::Purpose::reconcile);
        }
        const Step step = one.on_reply(in_state("in_progress", "in_progress"));
        CHECK(sent(step).method == "DELETE");
        CHECK(one.stage() == State::uploading);
        VimeoUpload again = world.from(one.memory());
        CHECK(sent(again.resume()).method == "DELETE");
        CHECK(std::holds_alternative<Wait>(again.on_reply({500, {}, ""})));
        CHECK(sent(again.resume()).method == "DELETE");
        CHECK(sent(again.on_reply(deleted)).method == "POST");
    }
}

TEST_CASE("Vimeo: a placeholder whose answer was lost is found and deleted")
{
    World world;
    VimeoUpload one = world.from("");
    one.resume();
    const std::string memory = one.memory(); // as it is saved before the request leaves
    CHECK(std::holds_alternative<Wait>(one.on_loss(Loss::unknown)));
    VimeoUpload later = world.from(memory);
    CHECK(sent(later.resume()).url.find("/me/videos?") != std::string::npos);
    const auto video = [&](std::string name, std::uint64_t size, std::string state) {
        return R"({"uri":"/videos/9","name":")" + name + R"(","created_time":")" + rfc3339(world.clock.now()) +
               R"(","upload":{"status":")" + state + R"(","size":)" + std::to_string(size) + "}}";
    };
    const HttpReply others{200,
                           {},
                           R"({"data":[)" + video("Dogs", 1000, "in_progress") + "," +
                               video("Cats", 999, "in_progress") + "," + video("Cats", 1000, "complete") + "]}"};
    SUBCASE("there is none")
    {
        CHECK(sent(later.on_reply(others)).method == "POST");
    }
    SUBCASE("there is one")
    {
        const Step step = later.on_reply({200, {}, R"({"data":[)" + video("Cats", 1000, "in_progress") + "]}"});
        CHECK(sent(step).url == "https://api.vimeo.com/videos/9");
        CHECK(sent(step).method == "DELETE");
        CHECK(sent(later.on_reply(deleted)).method == "GET"); // there may be more
        CHECK(sent(later.on_reply({200, {}, R"({"data":[]})"})).method == "POST");
    }
    SUBCASE("it cannot be seen")
    {
        CHECK(std::holds_alternative<Wait>(later.on_reply({502, {}, "<html>"})));
        CHECK(sent(later.resume()).method == "GET");
    }
}

TEST_CASE("Vimeo: an upload that is lost on the way is begun anew, three times at most")
{
    World world;
    VimeoUpload one = world.from("");
    one.resume();
    for (int i = 0; i < 2; ++i) {
        one.on_reply(made);
        CHECK(sent(one.on_reply(gone)).method == "DELETE");
        CHECK(sent(one.on_reply(deleted)).method == "POST");
    }
    one.on_reply(made);
    one.on_reply(gone);
    CHECK(std::get<Refused>(one.on_reply(deleted)).code == "session_lost");
}

TEST_CASE("Vimeo: bytes go to Vimeo's upload hosts, and ids are numbers")
{
    for (const char* link : {"http://files.tus.vimeo.com/x", "https://vimeo.com.example.org/x",
                             "https://tus.vimeo.org/", "file:///etc/passwd", ""}) {
        CAPTURE(link);
        const auto video =
            vimeo_video({201, {}, R"({"uri":"/videos/1","upload":{"upload_link":")" + std::string(link) + "\"}}"});
        REQUIRE(video);
        CHECK(video->upload_link == "");
    }
    CHECK(vimeo_id("/videos/76979871:hash") == "76979871");
    CHECK(vimeo_id("/users/5") == "5");
    for (const char* uri : {"", "123", "/videos/", "/videos/../x", "/videos/12x"})
        CHECK(vimeo_id(uri) == "");
    CHECK(rc::check("any uri", [](const std::string& uri) {
        RC_ASSERT(vimeo_id("/" + uri).find_first_not_of("0123456789") == std::string::npos);
    }));
}

TEST_CASE("Vimeo: errors and what they mean")
{
    const auto of = [](int status, std::string body) {
        return vimeo_trouble({status, {}, std::move(body)}, Instant{});
    };
    CHECK(std::get<Wait>(of(403, R"({"error":"full","error_code":4101})")).kind == Wait::Kind::quota);
    CHECK(std::get<Refused>(of(403, R"({"error":"no","error_code":3200})")).kind == Refused::Kind::not_permitted);
    CHECK(std::get<Refused>(of(400, R"({"error":"bad","error_code":2204})")).code == "2204");
    CHECK(std::get<Wait>(of(429, "{}")).kind == Wait::Kind::rate_limited);
    CHECK(std::holds_alternative<Reconnect>(of(401, R"({"error_code":8003})")));
    CHECK(std::get<Wait>(of(500, R"({"error":"oops","error_code":4003})")).kind == Wait::Kind::transient);
    CHECK(std::get<Wait>(of(403, "<html>")).kind == Wait::Kind::transient);
}

TEST_CASE("Vimeo: the code becomes a token, when everything was allowed")
{
    const auto platform = make_vimeo();
    ConsentVisit visit;
    visit.app = {"client", Secret("secret")};
    visit.redirect_uri = "http://127.0.0.1:5000/back";
    visit.state = "s";
    CHECK(platform->consent()->page(visit).find("scope=public%20private%20upload%20edit%20delete") !=
          std::string::npos);
    const auto exchange = platform->consent()->exchange(visit, "code");
    CHECK(std::get<Send>(exchange->resume()).headers.front().second == "Basic Y2xpZW50OnNlY3JldA==");
    const std::string user = R"("user":{"uri":"/users/7","name":"Alice"}})";
    const ConsentStep end =
        exchange->on_reply({200, {}, R"({"access_token":"a","scope":"public private upload edit delete",)" + user});
    CHECK(std::get<Granted>(end).identities.front().remote_id == "7");
    const ConsentStep less =
        exchange->on_reply({200, {}, R"({"access_token":"a","scope":"public private upload",)" + user});
    CHECK(std::get<NotGranted>(less).why.find("edit") != std::string::npos);
    CHECK(std::holds_alternative<GrantLater>(exchange->on_reply({502, {}, "<html>"})));
}

TEST_CASE("Vimeo: limits are told before anything is sent")
{
    World world;
    const auto platform = make_vimeo();
    CHECK(platform->validate(world.order).empty());
    world.order.title = std::string(129, 'x');
    world.order.options = {{"privacy", "friends"}, {"license", "mine"}};
    CHECK(platform->validate(world.order).size() == 3);
}
