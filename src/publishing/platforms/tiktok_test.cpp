#include "publishing/platforms/tiktok.hpp"

#include "core/digest.hpp"
#include "publishing/platforms/post_text.hpp"
#include "publishing/platforms/tiktok_reply.hpp"
#include "publishing/platforms/tiktok_upload.hpp"
#include "unit/manual_clock.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <doctest/doctest.h>
#include <rapidcheck.h>

using namespace vitrina;
using namespace std::chrono_literals;
namespace json = boost::json;
using State = PublicationState;

namespace {

PublishOrder good_order()
{
    PublishOrder order;
    order.title = "Cats";
    order.description = "Two of them";
    order.tags = {"one", "two words"};
    order.size = 25'000'000;
    order.content_type = "video/mp4";
    order.duration = 30s;
    order.options = {{"privacy", "public"}};
    return order;
}

std::string pointers(const PublishOrder& order)
{
    std::string all;
    for (const FieldError& error : make_tiktok()->validate(order))
        all += error.pointer + " ";
    return all;
}

HttpReply ok(const std::string& data)
{
    return {200, {}, R"({"data":)" + data + R"(,"error":{"code":"ok","message":"","log_id":"1"}})"};
}

HttpReply error(int status, const std::string& code)
{
    return {status, {}, R"({"data":{},"error":{"code":")" + code + R"(","message":"words","log_id":"1"}})"};
}

HttpReply stored(int status, std::uint64_t bytes, std::uint64_t total)
{
    return {status, {{"content-range", "bytes 0-" + std::to_string(bytes - 1) + "/" + std::to_string(total)}}, ""};
}

const std::string anything =
    R"({"creator_username":"alice","privacy_level_options":["PUBLIC_TO_EVERYONE","MUTUAL_FOLLOW_FRIENDS","SELF_ONLY"],
        "comment_disabled":false,"duet_disabled":true,"stitch_disabled":false,"max_video_post_duration_sec":60})";
const std::string opened =
    R"({"publish_id":"v_pub_file~v2-1.7","upload_url":"https://open-upload.tiktokapis.com/video/?upload_id=7&upload_token=x"})";
const std::string posted =
    R"({"status":"PUBLISH_COMPLETE","publicaly_available_post_id":[7512345678901234567],"uploaded_bytes":1})";
const std::string sending = R"({"status":"PROCESSING_UPLOAD"})";

std::string sent_so_far(std::uint64_t bytes)
{
    return R"({"status":"PROCESSING_UPLOAD","uploaded_bytes":)" + std::to_string(bytes) + "}";
}

json::object body_of(const Step& step)
{
    return json::parse(std::get<Send>(step).before).as_object();
}

std::string range_of(const Step& step)
{
    return std::string(HttpReply{0, std::get<Send>(step).headers, ""}.header("Content-Range"));
}

// One that is asked step by step; restart() is a kill.
class Talk {
public:
    explicit Talk(PublishOrder given = good_order(), TiktokOptions wanted = {.whole_up_to = 5'000'000})
        : order(std::move(given)), options(std::move(wanted))
    {
        restart();
    }

    void restart()
    {
        const std::string memory = upload ? upload->memory() : "";
        upload = std::make_unique<TiktokUpload>(order, memory, options, clock);
        CHECK(upload->memory() == (memory.empty() ? upload->memory() : memory));
    }
    Step resume() { return within_rules(upload->resume()); }
    Step hears(const HttpReply& reply) { return within_rules(upload->on_reply(reply)); }
    Step loses(Loss loss) { return within_rules(upload->on_loss(loss)); }
    // To where the first bytes are to be sent.
    Step open()
    {
        resume();
        hears(ok(anything));
        return hears(ok(opened));
    }
    // To where the last byte is on its way.
    Step send_all()
    {
        open();
        return hears(stored(206, 10'000'000, order.size));
    }

    const PublishOrder order;
    const TiktokOptions options;
    ManualClock clock;
    std::unique_ptr<TiktokUpload> upload;
    PublicationProgress progress;

private:
    Step within_rules(Step step)
    {
        const auto next = after_step(progress, upload->stage(), step);
        REQUIRE(next);
        progress = *next;
        return step;
    }
};

// A network that posts what it has all the bytes of, and takes a while to say so.
class SmallTiktok {
public:
    int posts = 0;

    HttpReply answer(const Send& send)
    {
        if (send.url.ends_with("/creator_info/query/"))
            return ok(anything);
        if (send.url.ends_with("/video/init/")) {
            bytes_ = 0;
            return ok(opened);
        }
        if (send.url.ends_with("/status/fetch/"))
            return status();
        if (send.slice->offset != bytes_)
            return {416, {}, ""};
        bytes_ += send.slice->length;
        posts += bytes_ == total;
        return stored(bytes_ == total ? 201 : 206, bytes_, total);
    }

private:
    HttpReply status()
    {
        if (bytes_ < total)
            return ok(sent_so_far(bytes_));
        const int look = ++looks_;
        return ok(look == 1 ? sent_so_far(total) : look == 2 ? R"({"status":"PUBLISH_COMPLETE"})" : posted);
    }

    static constexpr std::uint64_t total = 25'000'000;
    std::uint64_t bytes_ = 0;
    int looks_ = 0;
};

} // namespace

TEST_CASE("a TikTok post's privacy is chosen by the person, and its limits are TikTok's")
{
    CHECK(pointers(good_order()).empty());
    PublishOrder order = good_order();
    order.options = {};
    CHECK(pointers(order) == "/privacy ");
    order.options = {{"mode", "inbox"}}; // chosen over there
    CHECK(pointers(order).empty());
    order.options = {{"privacy", "unlisted"}, {"mode", "later"}, {"comments", "no"}, {"colour", 1}};
    CHECK(pointers(order) == "/privacy /mode /comments /colour ");
    order.options = {{"privacy", "private"}, {"paid_partnership", true}, {"cover_at", 30'001}};
    CHECK(pointers(order) == "/paid_partnership /cover_at ");
    order.options = {{"privacy", "friends"}, {"cover_at", 30'000}};
    CHECK(pointers(order).empty());

    order.content_type = "video/x-matroska";
    order.size = 4'000'000'001;
    order.duration = 601s;
    order.width = 320;
    order.height = 5000;
    order.frame_rate = 15;
    CHECK(make_tiktok()->validate(order).size() == 6);
    CHECK_THROWS_AS(make_tiktok({.chunk = 4'999'999}), std::invalid_argument);
}

TEST_CASE("the caption is counted in UTF-16 units")
{
    CHECK(tiktok_caption(good_order()) == "Cats\n\nTwo of them\n\n#one #twowords");
    PublishOrder order = good_order();
    std::string cats;
    for (int i = 0; i < 1100; ++i)
        cats += "🐈";
    order.options["text"] = cats;
    CHECK(pointers(order).empty());
    order.options["text"] = cats + ".";
    CHECK(pointers(order) == "/text ");
    order.options.erase("text");
    order.title = cats + ".";
    CHECK(tiktok_caption(order) == cats);
}

TEST_CASE("what the account may do is asked before each post, and held against it")
{
    Talk talk;
    const Step question = talk.resume();
    CHECK(std::get<Send>(question).url == "https://open.tiktokapis.com/v2/post/publish/creator_info/query/");
    SUBCASE("all at once")
    {
        const Step step = talk.hears(
            ok(R"({"privacy_level_options":["FOLLOWER_OF_CREATOR","SELF_ONLY"],"max_video_post_duration_sec":29})"));
        CHECK(std::get<Refused>(step).words == "this account cannot post with the privacy \"public\"; it can with "
                                               "followers, private; this account can post videos of at most 29 "
                                               "seconds; this one has 30");
    }
    SUBCASE("what is switched off is sent as switched off")
    {
        const json::object info = body_of(talk.hears(ok(anything))).at("post_info").as_object();
        CHECK(info.at("privacy_level") == "PUBLIC_TO_EVERYONE");
        CHECK(info.at("disable_duet") == true);
        CHECK(info.at("disable_comment") == false);
        CHECK(info.at("title") == "Cats\n\nTwo of them\n\n#one #twowords");
        CHECK_FALSE(info.contains("video_cover_timestamp_ms"));
    }
    SUBCASE("what it does not say is left to the post")
    {
        CHECK(std::get<Send>(talk.hears(ok("{}"))).what == "open an upload");
    }
    SUBCASE("a refusal in a 200 is a refusal")
    {
        CHECK(std::get<Wait>(talk.hears(error(200, "spam_risk_too_many_posts"))).until == talk.clock.now() + 24h);
    }
    SUBCASE("it is asked once more when TikTok changes its mind")
    {
        talk.hears(ok(anything));
        CHECK(std::get<Send>(talk.hears(error(400, "privacy_level_option_mismatch"))).what ==
              "ask what the account may do");
        talk.hears(ok(anything));
        CHECK(std::get<Refused>(talk.hears(error(400, "privacy_level_option_mismatch"))).code ==
              "privacy_level_option_mismatch");
    }
}

TEST_CASE("the pieces of a video are those that were announced")
{
    const auto pieces = [](std::uint64_t size, TiktokOptions options) {
        PublishOrder order = good_order();
        order.size = size;
        Talk talk(order, options);
        talk.resume();
        const json::object source = body_of(talk.hears(ok(anything))).at("source_info").as_object();
        std::string all = json::serialize(source) + " ";
        std::uint64_t end = 0;
        for (Step step = talk.hears(ok(opened)); std::holds_alternative<Send>(step);) {
            const auto& send = std::get<Send>(step);
            end = send.slice->offset + send.slice->length;
            all += range_of(step) + " ";
            CHECK(send.credentials == Send::Credentials::none);
            CHECK((send.purpose == Send::Purpose::commit) == (end == size));
            step = talk.hears(end == size ? stored(201, end, size) : stored(206, end, size));
        }
        CHECK(talk.upload->stage() == State::confirming);
        return all;
    };
    CHECK(pieces(60'000'000, {}) ==
          R"({"source":"FILE_UPLOAD","video_size":60000000,"chunk_size":60000000,"total_chunk_count":1} )"
          "bytes 0-59999999/60000000 ");
    CHECK(pieces(50'000'123, {.whole_up_to = 5'000'000}) ==
          R"({"source":"FILE_UPLOAD","video_size":50000123,"chunk_size":10000000,"total_chunk_count":5} )"
          "bytes 0-9999999/50000123 bytes 10000000-19999999/50000123 bytes 20000000-29999999/50000123 "
          "bytes 30000000-39999999/50000123 bytes 40000000-50000122/50000123 ");
    CHECK(pieces(1, {}).find("\"chunk_size\":1,\"total_chunk_count\":1} bytes 0-0/1 ") != std::string::npos);
}

TEST_CASE("wherever TikTok stopped, what is sent next is a piece that it takes")
{
    rc::check([] {
        PublishOrder order = good_order();
        order.size = *rc::gen::inRange<std::uint64_t>(1, 4'000'000'000);
        Talk talk(order, {});
        talk.open();
        const auto offset = *rc::gen::inRange<std::uint64_t>(0, order.size);
        talk.restart();
        talk.resume();
        const Step step = talk.hears(ok(sent_so_far(offset)));
        if (std::holds_alternative<Wait>(step)) { // a commit that is known not to have happened
            talk.restart();
            talk.resume();
        }
        const Step next = std::holds_alternative<Wait>(step) ? talk.hears(ok(sent_so_far(offset))) : step;
        const Slice slice = std::get<Send>(next).slice.value();
        const std::uint64_t end = slice.offset + slice.length;
        RC_ASSERT(slice.offset == offset);
        RC_ASSERT(end <= order.size);
        if (end == order.size) {
            RC_ASSERT(slice.length <= 128'000'000u);
        } else {
            RC_ASSERT(end % 10'000'000 == 0u);
            RC_ASSERT(slice.length >= 5'000'000u);
            RC_ASSERT(slice.length <= 64'000'000u);
            RC_ASSERT(end / 10'000'000 < order.size / 10'000'000);
        }
    });
}

TEST_CASE("a publication ends the same, wherever the process is killed")
{
    for (const bool taken : {false, true}) { // whether TikTok still gets what was on its way
        for (int killed_at = 1; killed_at <= 9; ++killed_at) {
            CAPTURE(taken);
            CAPTURE(killed_at);
            Talk talk;
            SmallTiktok tiktok;
            Step step = talk.resume();
            for (int turn = 0, exchanges = 0; turn < 50 && !std::holds_alternative<Published>(step); ++turn) {
                if (const auto* wait = std::get_if<Wait>(&step)) {
                    talk.clock.advance(wait->until ? *wait->until - talk.clock.now() : 2s);
                    step = talk.resume();
                    continue;
                }
                const bool killed = ++exchanges == killed_at;
                const auto reply = killed && !taken ? HttpReply{} : tiktok.answer(std::get<Send>(step));
                if (killed)
                    talk.restart();
                step = killed ? talk.resume() : talk.hears(reply);
            }
            CHECK(std::get<Published>(step).remote_id == "7512345678901234567");
            CHECK(std::get<Published>(step).url == "https://www.tiktok.com/@alice/video/7512345678901234567");
            CHECK(tiktok.posts == 1);
            CHECK(talk.upload->confirmed_bytes() == 25'000'000);
        }
    }
}

TEST_CASE("an upload that may have been opened counts: another one is not asked for at once")
{
    Talk talk;
    talk.resume();
    talk.hears(ok(anything));
    const Instant asked = talk.clock.now();
    const auto waits_until = [](const Step& step) { return std::get<Wait>(step).until; };
    SUBCASE("without an answer")
    {
        CHECK(waits_until(talk.loses(Loss::unknown)) == asked + 60s);
    }
    SUBCASE("with an answer that says nothing")
    {
        CHECK(waits_until(talk.hears({502, {}, "<html>"})) == asked + 60s);
    }
    SUBCASE("without an address in the answer")
    {
        CHECK(waits_until(talk.hears(ok(R"({"publish_id":"v.1","upload_url":"http://plain/"})"))) == asked + 60s);
    }
    SUBCASE("after a kill")
    {
    }
    talk.restart();
    CHECK(waits_until(talk.resume()) == asked + 60s);
    talk.clock.advance(60s);
    CHECK(std::get<Send>(talk.resume()).what == "ask what the account may do");
}

TEST_CASE("a request for an upload that did not leave, or was refused, is repeated without waiting")
{
    Talk talk;
    talk.resume();
    talk.hears(ok(anything));
    SUBCASE("no connection")
    {
        talk.loses(Loss::not_sent);
    }
    SUBCASE("a token that is too old")
    {
        CHECK(std::holds_alternative<Reconnect>(talk.hears(error(401, "access_token_invalid"))));
    }
    CHECK(std::holds_alternative<Send>(talk.resume()));
}

TEST_CASE("P1: the answer to the last byte is lost, and only TikTok's status decides")
{
    Talk talk;
    CHECK(std::get<Send>(talk.send_all()).purpose == Send::Purpose::commit);
    talk.loses(Loss::unknown);
    talk.restart();
    CHECK(std::get<Send>(talk.resume()).purpose == Send::Purpose::reconcile);

    SUBCASE("it is posted")
    {
        CHECK(std::get<Published>(talk.hears(ok(posted))).remote_id == "7512345678901234567");
        CHECK(talk.progress.attempts == 1);
    }
    SUBCASE("it is at work on it")
    {
        CHECK(std::holds_alternative<Wait>(talk.hears(ok(sent_so_far(25'000'000)))));
        CHECK(talk.upload->stage() == State::confirming);
    }
    SUBCASE("it did not arrive: the same upload goes on, and can make one post only")
    {
        CHECK(std::holds_alternative<Wait>(talk.hears(ok(sent_so_far(12'000'000)))));
        CHECK(talk.progress.attempt == AttemptOutcome::absent);
        talk.resume();
        const Step step = talk.hears(ok(sent_so_far(12'000'000)));
        CHECK(range_of(step) == "bytes 12000000-24999999/25000000");
        CHECK(std::get<Send>(step).url.ends_with("upload_id=7&upload_token=x"));
    }
    SUBCASE("it does not say: nothing is sent")
    {
        CHECK(std::holds_alternative<Wait>(talk.hears(ok(sending))));
        CHECK(std::holds_alternative<Wait>(talk.hears(ok(R"({"status":"SOMETHING_NEW"})"))));
        CHECK(std::holds_alternative<Wait>(talk.hears({500, {}, ""})));
        CHECK(std::holds_alternative<Wait>(talk.hears({404, {}, "<html>"})));
        CHECK(talk.progress.attempt == AttemptOutcome::unknown);
    }
    SUBCASE("it knows nothing of it: after a while a person has to look")
    {
        CHECK(std::holds_alternative<Wait>(talk.hears(error(400, "invalid_publish_id"))));
        talk.clock.advance(10min);
        CHECK(
            std::holds_alternative<Undecided>(talk.hears(error(401, "token_not_authorized_for_specified_publish_id"))));
    }
    SUBCASE("the token is not taken: what is known is kept")
    {
        CHECK(std::holds_alternative<Reconnect>(talk.hears(error(401, "access_token_invalid"))));
        CHECK(std::get<Send>(talk.resume()).purpose == Send::Purpose::reconcile);
    }
}

TEST_CASE("P1: whatever answers the last byte, but a 201, is looked into before anything is sent again")
{
    for (const int status : {206, 400, 403, 404, 410, 416}) {
        CAPTURE(status);
        Talk talk;
        talk.send_all();
        CHECK(std::get<Send>(talk.hears({status, {}, ""})).purpose == Send::Purpose::reconcile);
        CHECK(std::holds_alternative<Published>(talk.hears(ok(posted))));
    }
    for (const int status : {200, 429, 500, 502}) {
        CAPTURE(status);
        Talk talk;
        talk.send_all();
        CHECK(std::holds_alternative<Wait>(talk.hears({status, {}, "<html>"})));
        CHECK(std::get<Send>(talk.resume()).purpose == Send::Purpose::reconcile);
    }
}

TEST_CASE("P1: an upload that was closed at its last byte is replaced only when that byte cannot arrive any more")
{
    Talk talk;
    talk.send_all();
    talk.hears({403, {}, ""});
    const Instant settled = talk.clock.now() + 120s;
    CHECK(std::get<Wait>(talk.hears(ok(sent_so_far(10'000'000)))).until == settled);
    talk.restart();
    talk.clock.advance(60s);
    talk.resume();
    SUBCASE("it arrived meanwhile")
    {
        talk.hears(ok(sent_so_far(25'000'000)));
        CHECK(talk.upload->stage() == State::confirming);
    }
    SUBCASE("it did not")
    {
        CHECK(std::get<Wait>(talk.hears(ok(sent_so_far(10'000'000)))).until == settled);
        talk.clock.advance(60s);
        talk.resume();
        CHECK(std::get<Send>(talk.hears(ok(sent_so_far(10'000'000)))).what == "ask what the account may do");
        CHECK(talk.progress.attempt == AttemptOutcome::absent);
        CHECK(talk.upload->confirmed_bytes() == 0);
    }
}

TEST_CASE("an upload that is lost before its last byte is replaced, three times at most")
{
    Talk talk;
    talk.open();
    for (int lost = 1; lost <= 2; ++lost) {
        CHECK(std::get<Send>(talk.hears({lost == 1 ? 403 : 404, {}, ""})).what == "ask what the account may do");
        talk.hears(ok(anything));
        talk.hears(ok(opened));
    }
    CHECK(std::get<Refused>(talk.hears({403, {}, ""})).code == "session_lost");
}

TEST_CASE("an upload whose address grew old before it was used is not tried")
{
    Talk talk;
    talk.open();
    talk.clock.advance(1h);
    talk.restart();
    CHECK(std::get<Send>(talk.resume()).what == "ask what the account may do");
}

TEST_CASE("the server's count of the bytes is the one that counts")
{
    Talk talk;
    talk.open();
    SUBCASE("less than was sent")
    {
        CHECK(range_of(talk.hears(stored(206, 4'000'000, 25'000'000))) == "bytes 4000000-9999999/25000000");
    }
    SUBCASE("a little less than was sent: with the next piece")
    {
        CHECK(range_of(talk.hears(stored(206, 9'000'000, 25'000'000))) == "bytes 9000000-24999999/25000000");
    }
    SUBCASE("less than it had said")
    {
        talk.hears(stored(206, 10'000'000, 25'000'000));
        talk.restart();
        talk.resume();
        talk.hears(ok(sent_so_far(0)));
        talk.resume();
        CHECK(range_of(talk.hears(ok(sent_so_far(0)))) == "bytes 0-9999999/25000000");
    }
    SUBCASE("not said, or not understood: asked for")
    {
        std::uint64_t bytes = 0;
        for (const char* range : {"", "bytes 0-9999999/26000000", "bytes 5-9/25000000", "bytes 0-/25000000",
                                  "bytes 0-25000000/25000000", "bytes 0-99999999999999999999/25000000"}) {
            CAPTURE(range);
            CHECK(std::get<Send>(talk.hears({206, {{"Content-Range", range}}, ""})).what ==
                  "ask what became of the upload");
            ++bytes;
            CHECK(range_of(talk.hears(ok(sent_so_far(bytes)))) ==
                  "bytes " + std::to_string(bytes) + "-9999999/25000000");
        }
    }
    SUBCASE("nothing, again and again")
    {
        talk.hears(stored(206, 5'000'000, 25'000'000));
        for (int i = 0; i < 4; ++i)
            CHECK(std::holds_alternative<Send>(talk.hears(stored(206, 5'000'000, 25'000'000))));
        CHECK(std::holds_alternative<Wait>(talk.hears(stored(206, 5'000'000, 25'000'000))));
    }
}

TEST_CASE("a post counts as published before it has its number, which is waited for a little")
{
    Talk talk;
    talk.send_all();
    talk.hears({201, {}, ""});
    talk.resume();
    const HttpReply complete = ok(R"({"status":"PUBLISH_COMPLETE"})");
    CHECK(std::holds_alternative<Wait>(talk.hears(complete)));
    talk.clock.advance(90s);
    talk.restart();
    talk.resume();
    SUBCASE("it did not come")
    {
        const auto published = std::get<Published>(talk.hears(complete));
        CHECK(published.remote_id == "v_pub_file~v2-1.7");
        CHECK(published.url.empty());
    }
    SUBCASE("it came, spelled better")
    {
        const auto published = std::get<Published>(
            talk.hears(ok(R"({"status":"PUBLISH_COMPLETE","publicly_available_post_id":["18446744073709551615"]})")));
        CHECK(published.remote_id == "18446744073709551615");
    }
    SUBCASE("what cannot be a number is none")
    {
        for (const char* id : {"1.5e18", "\"../x\"", "-3", "null", "[1]"}) {
            CAPTURE(id);
            Talk other;
            other.send_all();
            other.hears({201, {}, ""});
            other.clock.advance(90s);
            other.resume();
            other.hears(complete);
            other.clock.advance(90s);
            other.resume();
            const std::string data =
                R"({"status":"PUBLISH_COMPLETE","publicaly_available_post_id":[)" + std::string(id) + "]}";
            CHECK(std::get<Published>(other.hears(ok(data))).url.empty());
        }
    }
}

TEST_CASE("nobody waits for the number of a post that gets none")
{
    PublishOrder order = good_order();
    order.options = {{"privacy", "private"}};
    Talk talk(order);
    talk.send_all();
    talk.hears({201, {}, ""});
    talk.resume();
    CHECK(std::get<Published>(talk.hears(ok(R"({"status":"PUBLISH_COMPLETE"})"))).url.empty());
}

TEST_CASE("a draft is for the person to post")
{
    PublishOrder order = good_order();
    order.options = {{"mode", "inbox"}};
    Talk talk(order);
    const Step init = talk.resume();
    CHECK(std::get<Send>(init).url == "https://open.tiktokapis.com/v2/post/publish/inbox/video/init/");
    CHECK_FALSE(body_of(init).contains("post_info"));
    talk.hears(ok(opened));
    talk.hears(stored(206, 10'000'000, 25'000'000));
    talk.hears({201, {}, ""});
    talk.resume();
    CHECK(std::get<NeedsUser>(talk.hears(ok(R"({"status":"SEND_TO_USER_INBOX"})"))).until == talk.clock.now() + 1h);
    CHECK(talk.progress.state == State::needs_user_action);
    talk.restart();
    talk.clock.advance(1h);
    talk.resume();
    SUBCASE("who did so")
    {
        CHECK(std::holds_alternative<Published>(talk.hears(ok(R"({"status":"PUBLISH_COMPLETE"})"))));
    }
    SUBCASE("who lets TikTok forget it")
    {
        CHECK(std::holds_alternative<NeedsUser>(talk.hears(error(400, "invalid_publish_id"))));
    }
}

TEST_CASE("why TikTok did not post it decides what is done")
{
    const auto failed = [](Talk& talk, const std::string& reason) {
        talk.send_all();
        talk.hears({201, {}, ""});
        talk.resume();
        return talk.hears(ok(R"({"status":"FAILED","fail_reason":")" + reason + R"("})"));
    };
    const auto kind = [&](const std::string& reason) {
        Talk talk;
        return std::get<Refused>(failed(talk, reason)).kind;
    };
    CHECK(kind("file_format_check_failed") == Refused::Kind::invalid_content);
    CHECK(kind("duration_check_failed") == Refused::Kind::invalid_content);
    CHECK(kind("spam_risk_text") == Refused::Kind::not_permitted);
    CHECK(kind("publish_cancelled") == Refused::Kind::processing_failed);
    CHECK(kind("") == Refused::Kind::processing_failed);
    for (const char* accident : {"internal", "auth_removed"}) {
        CAPTURE(accident);
        Talk talk;
        CHECK(std::get<Wait>(failed(talk, accident)).kind == Wait::Kind::anew);
        CHECK(talk.progress.attempt == AttemptOutcome::rejected);
        talk.restart();
        CHECK(std::get<Refused>(failed(talk, accident)).kind == Refused::Kind::processing_failed);
        CHECK(talk.progress.attempts == 2);
    }
}

TEST_CASE("TikTok's codes mean what the person can do about them, whatever the status")
{
    const ManualClock clock;
    const Instant now = clock.now();
    const auto wait = [&](const HttpReply& reply) { return std::get<Wait>(tiktok_trouble(reply, now)); };
    const auto refused = [&](const HttpReply& reply) { return std::get<Refused>(tiktok_trouble(reply, now)).kind; };
    for (const char* code :
         {"spam_risk_too_many_posts", "spam_risk_too_many_pending_share", "reached_active_user_cap"}) {
        CHECK(wait(error(403, code)).until == now + 24h);
        CHECK(wait(error(200, code)).kind == Wait::Kind::quota);
    }
    CHECK(wait(error(429, "rate_limit_exceeded")).kind == Wait::Kind::rate_limited);
    CHECK(wait({429, {{"Retry-After", "30"}}, "<html>"}).until == now + 30s);
    CHECK(wait(error(500, "internal_error")).kind == Wait::Kind::transient);
    for (const int status : {200, 403, 404, 413, 502})
        CHECK(wait({status, {}, "<html>"}).kind == Wait::Kind::transient);
    CHECK(std::holds_alternative<Reconnect>(tiktok_trouble(error(401, "access_token_invalid"), now)));
    CHECK(std::holds_alternative<Reconnect>(tiktok_trouble(error(401, "scope_not_authorized"), now)));
    CHECK(std::holds_alternative<Reconnect>(tiktok_trouble({401, {}, ""}, now)));
    CHECK(refused(error(403, "unaudited_client_can_only_post_to_private_accounts")) == Refused::Kind::not_permitted);
    CHECK(refused(error(403, "spam_risk_user_banned_from_posting")) == Refused::Kind::not_permitted);
    CHECK(refused(error(400, "invalid_params")) == Refused::Kind::invalid_content);
    CHECK(refused(error(200, "something_new")) == Refused::Kind::invalid_content);
}

TEST_CASE("TikTok takes no post back for a program, and says whose token it is")
{
    const ManualClock clock;
    const auto tiktok = make_tiktok();
    CHECK(std::get<Refused>(tiktok->remove("7", {}, clock)->resume()).code == "not_supported");
    const auto identify = tiktok->identify({}, clock);
    CHECK(std::get<Send>(identify->resume()).url ==
          "https://open.tiktokapis.com/v2/user/info/?fields=open_id,display_name");
    const Step who = identify->on_reply(ok(R"({"user":{"open_id":"-000x","display_name":"Alice"}})"));
    CHECK(std::get<Identified>(who).remote_id == "-000x");
    CHECK(std::get<Identified>(who).name == "Alice");
    CHECK(std::holds_alternative<Reconnect>(identify->on_reply(error(401, "access_token_invalid"))));
    CHECK(std::holds_alternative<Refused>(identify->on_reply(ok("{}"))));
}

TEST_CASE("a refresh brings a new refresh token; only what OAuth calls a dead grant is one")
{
    const auto tiktok = make_tiktok();
    CHECK(tiktok->refresh({"", "key&1", Secret("s+2"), Secret("r 3")})->before ==
          "client_key=key%261&client_secret=s%2B2&grant_type=refresh_token&refresh_token=r%203");
    CHECK_FALSE(tiktok->refresh({"", "key", Secret("s"), Secret()}));
    const auto fresh = std::get<FreshTokens>(tiktok->on_refreshed(
        {200, {}, R"({"access_token":"a","expires_in":86400,"refresh_token":"r2","open_id":"o"})"}));
    CHECK(fresh.access_token.reveal() == "a");
    CHECK(fresh.refresh_token.reveal() == "r2");
    CHECK(fresh.expires_in == 24h);
    for (const int status : {200, 400, 401})
        CHECK(std::holds_alternative<GrantDead>(
            tiktok->on_refreshed({status, {}, R"({"error":"invalid_grant","error_description":"x"})"})));
    for (const HttpReply& reply :
         {HttpReply{400, {}, R"({"error":"invalid_request"})"}, HttpReply{500, {}, R"({"error":"invalid_grant"})"},
          HttpReply{200, {}, "{}"}, HttpReply{200, {}, "<html>"}})
        CHECK(std::holds_alternative<RefreshLater>(tiktok->on_refreshed(reply)));
}

TEST_CASE("TikTok's consent page, and what comes of its code")
{
    const auto tiktok = make_tiktok();
    ConsentVisit visit{
        {"key", Secret("secret")}, "", "https://vitrina.example/connect", "state-1", "a-verifier-of-43-characters"};
    CHECK(tiktok->consent()->page(visit) ==
          "https://www.tiktok.com/v2/auth/authorize/?client_key=key&scope=user.info.basic%2Cvideo.publish%2C"
          "video.upload&response_type=code&redirect_uri=https%3A%2F%2Fvitrina.example%2Fconnect&state=state-1");
    const auto exchange = tiktok->consent()->exchange(visit, "c*1");
    const auto token = std::get<Send>(exchange->resume());
    CHECK(token.before == "client_key=key&client_secret=secret&code=c%2A1&grant_type=authorization_code&redirect_uri="
                          "https%3A%2F%2Fvitrina.example%2Fconnect");
    const auto tokens = [](const std::string& scopes) {
        return HttpReply{200,
                         {},
                         R"({"access_token":"a","expires_in":86400,"open_id":"o","refresh_token":"r",)"
                         R"("refresh_expires_in":31536000,"scope":")" +
                             scopes + "\"}"};
    };
    SUBCASE("the person")
    {
        const auto who =
            std::get<Send>(exchange->on_reply(tokens("user.info.basic,video.publish,video.upload,video.list")));
        CHECK(who.headers.front().second == "Bearer a");
        CHECK(who.credentials == Send::Credentials::none);
        const auto granted = std::get<Granted>(exchange->on_reply(ok(R"({"user":{"display_name":"Alice"}})")));
        REQUIRE(granted.identities.size() == 1);
        CHECK(granted.identities[0].remote_id == "o");
        CHECK(granted.identities[0].name == "Alice");
        CHECK(granted.identities[0].refresh_token.reveal() == "r");
        CHECK(granted.identities[0].refresh_token_expires_in == 365 * 24h);
    }
    SUBCASE("a permission that was left out")
    {
        const auto no = std::get<NotGranted>(exchange->on_reply(tokens("user.info.basic,video.upload")));
        CHECK(no.why == "the permission video.publish was left out; it is needed to post");
    }
    SUBCASE("a code that is too old")
    {
        CHECK(std::holds_alternative<NotGranted>(
            exchange->on_reply({400, {}, R"({"error":"invalid_grant","error_description":"expired"})"})));
    }
    SUBCASE("TikTok in trouble")
    {
        CHECK(std::holds_alternative<GrantLater>(exchange->on_reply({502, {}, "<html>"})));
        exchange->on_reply(tokens("user.info.basic,video.publish,video.upload"));
        CHECK(std::holds_alternative<GrantLater>(exchange->on_reply({502, {}, "<html>"})));
    }
    SUBCASE("on the person's own machine TikTok wants a challenge, in hex")
    {
        visit.redirect_uri = "http://127.0.0.1:8080/connect";
        CHECK(tiktok->consent()->page(visit).ends_with("&code_challenge=" + sha256_hex(visit.verifier) +
                                                       "&code_challenge_method=S256"));
        const auto desktop = std::get<Send>(tiktok->consent()->exchange(visit, "c")->resume());
        CHECK(desktop.before.ends_with("&code_verifier=a-verifier-of-43-characters"));
    }
}

TEST_CASE("whatever TikTok answers, in whatever order, the rules of publishing hold")
{
    const std::vector<HttpReply> replies{ok(anything),
                                         ok(opened),
                                         ok(posted),
                                         ok(sending),
                                         ok(sent_so_far(0)),
                                         ok(sent_so_far(12'000'000)),
                                         ok(sent_so_far(25'000'000)),
                                         ok(sent_so_far(99'000'000)),
                                         ok(R"({"status":"PUBLISH_COMPLETE"})"),
                                         ok(R"({"status":"SEND_TO_USER_INBOX"})"),
                                         ok(R"({"status":"FAILED","fail_reason":"internal"})"),
                                         ok(R"({"status":"FAILED","fail_reason":"auth_removed"})"),
                                         ok(R"({"status":"FAILED"})"),
                                         ok("{}"),
                                         error(400, "invalid_publish_id"),
                                         error(400, "privacy_level_option_mismatch"),
                                         error(401, "access_token_invalid"),
                                         error(200, "internal_error"),
                                         stored(206, 10'000'000, 25'000'000),
                                         stored(206, 25'000'000, 25'000'000),
                                         stored(201, 25'000'000, 25'000'000),
                                         {206, {}, ""},
                                         {403, {}, ""},
                                         {416, {}, ""},
                                         {429, {}, ""},
                                         {500, {}, ""}};
    rc::check([&replies] {
        Talk talk;
        Step step = talk.resume();
        for (int turn = 0; turn < 60 && !is_settled(talk.progress.state); ++turn) {
            const auto choice = *rc::gen::inRange<std::size_t>(0, replies.size() + 3);
            if (!std::holds_alternative<Send>(step) || choice == replies.size()) {
                talk.clock.advance(std::chrono::seconds(*rc::gen::inRange(0, 300)));
                talk.restart();
                step = talk.resume();
            } else if (choice > replies.size()) {
                step = talk.loses(choice == replies.size() + 1 ? Loss::unknown : Loss::not_sent);
            } else {
                step = talk.hears(replies[choice]);
            }
            RC_ASSERT(talk.upload->confirmed_bytes() <= talk.order.size);
        }
    });
}
