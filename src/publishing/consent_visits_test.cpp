#include "publishing/consent_visits.hpp"

#include "http/uri.hpp"
#include "publishing/platforms/linkedin.hpp"
#include "publishing/platforms/mastodon.hpp"
#include "publishing/platforms/peertube.hpp"
#include "publishing/platforms/youtube.hpp"
#include "publishing/publishing_rig.hpp"

#include <boost/asio/co_spawn.hpp>
#include <doctest/doctest.h>

#include <deque>

using namespace vitrina;
using namespace std::chrono_literals;
using Stage = Visit::Stage;

namespace {

// Answers in the order of the script, whatever is asked; then the line is dead.
struct Script final : Wire {
    std::deque<HttpReply> replies;
    std::vector<Send> sent;
    Task<Outcome> carry(Parcel parcel) override
    {
        sent.push_back(std::move(parcel.send));
        if (replies.empty()) {
            WireLoss loss{Loss::unknown, "the line is dead"};
            co_return loss;
        }
        HttpReply reply = std::move(replies.front());
        replies.pop_front();
        co_return reply;
    }
};

const std::string home = "http://127.0.0.1:5000", back = home + "/v1/accounts/connect/youtube/callback";
const HttpReply tokens{
    200,
    {},
    R"({"access_token":"access","refresh_token":"refresh","expires_in":3599,"scope":)"
    R"("https://www.googleapis.com/auth/youtube.upload https://www.googleapis.com/auth/youtube.force-ssl"})"};
const HttpReply one_channel{200, {}, R"({"items":[{"id":"UC1","snippet":{"title":"One"}}]})"};
const HttpReply two_channels{
    200, {}, R"({"items":[{"id":"UC1","snippet":{"title":"One"}},{"id":"UC2","snippet":{"title":"Two"}}]})"};

template <class T>
T good(Result<T> result)
{
    REQUIRE(result);
    return std::move(*result);
}

struct Room {
    explicit Room(Networks networks = Networks::real, RegisteredApps apps = with_youtube(),
                  std::string sandbox_page = "")
        : rig(clock, wire, platforms(), networks),
          visits(*rig.db, rig.vault, rig.platforms, std::move(apps), networks, std::move(sandbox_page), wire,
                 rig.connections, clock)
    {
    }

    static RegisteredApps with_youtube() { return {{"youtube", {"app", Secret("app-secret")}}}; }
    static Platforms platforms()
    {
        Platforms all;
        all.push_back(make_youtube());
        all.push_back(make_mastodon());
        all.push_back(make_peertube());
        all.push_back(make_linkedin());
        return all;
    }

    ConsentVisits::Begun begin(bool from_this_browser = true)
    {
        return good(run(visits.begin({"youtube", "", back, from_this_browser})));
    }
    static ConsentVisits::Return with_code(const ConsentVisits::Begun& begun, std::string code = "code")
    {
        return {"youtube", begun.state, begun.browser, std::move(code), "", ""};
    }
    std::vector<Account> accounts() { return run(rig.accounts.list()); }

    ManualClock clock;
    Script wire;
    PublishingRig rig;
    ConsentVisits visits;
};

Task<> bring(Room& room, ConsentVisits::Begun begun, int& answered)
{
    const auto visit = co_await room.visits.come_back(Room::with_code(begun));
    answered += visit ? 1 : 0;
}

} // namespace

TEST_CASE("a person goes to the consent page and comes back connected")
{
    Room room;
    const auto begun = room.begin();
    CHECK(begun.visit.stage == Stage::waiting);
    CHECK(begun.page.starts_with("https://accounts.google.com/"));
    CHECK(begun.page.find(begun.state) != std::string::npos);
    CHECK(begun.page.find("app-secret") == std::string::npos);
    CHECK(begun.state.size() == 64);

    room.wire.replies = {tokens, one_channel};
    const auto visit = good(run(room.visits.come_back(Room::with_code(begun))));
    CHECK(visit.stage == Stage::connected);
    CHECK(room.wire.sent[0].before.find("redirect_uri=" + percent_encode(back)) != std::string::npos);
    REQUIRE(room.accounts().size() == 1);
    const Account account = room.accounts().front();
    CHECK(account.id == visit.account);
    CHECK(account.name == "One");
    CHECK(account.access_expires_at == room.clock.now() + 3599s);
    CHECK_FALSE(account.reconnect_before);
    const auto access = run(room.rig.accounts.access(account.id));
    CHECK(std::get<Accounts::Access>(access).token.reveal() == "access");

    SUBCASE("loading the page again shows the same and exchanges nothing")
    {
        const auto again = good(run(room.visits.come_back(Room::with_code(begun))));
        CHECK(again.stage == Stage::connected);
        CHECK(room.wire.sent.size() == 2);
    }
    SUBCASE("the same channel connects the same account")
    {
        const auto other = room.begin();
        room.wire.replies = {tokens, one_channel};
        CHECK(good(run(room.visits.come_back(Room::with_code(other)))).account == account.id);
    }
}

TEST_CASE("a visit belongs to the browser that began it, to its platform, and to ten minutes")
{
    Room room;
    const auto begun = room.begin();
    auto stranger = Room::with_code(begun);
    stranger.browser = "";
    CHECK(run(room.visits.come_back(stranger)).error().code == "VT-ACC-008");
    stranger.browser = std::string(64, 'a');
    CHECK(run(room.visits.come_back(stranger)).error().code == "VT-ACC-008");
    auto elsewhere = Room::with_code(begun);
    elsewhere.platform = "linkedin";
    CHECK(run(room.visits.come_back(elsewhere)).error().code == "VT-ACC-007");
    auto guessed = Room::with_code(begun);
    guessed.state = "";
    CHECK(run(room.visits.come_back(guessed)).error().code == "VT-ACC-007");
    CHECK(room.wire.sent.empty());

    room.clock.advance(10min);
    CHECK(run(room.visits.come_back(Room::with_code(begun))).error().code == "VT-ACC-007");
    CHECK(good(run(room.visits.find("youtube", begun.visit.id))).stage == Stage::expired);
    room.clock.advance(2h);
    run(room.visits.forget_old());
    CHECK_FALSE(run(room.visits.find("youtube", begun.visit.id)));
    CHECK(room.accounts().empty());
}

TEST_CASE("a code is exchanged once, however many bring it at the same time")
{
    Room room;
    const auto begun = room.begin();
    room.wire.replies = {tokens, one_channel};
    boost::asio::io_context loop(1);
    int answered = 0;
    for (int i = 0; i < 10; ++i)
        boost::asio::co_spawn(loop.get_executor(), bring(room, begun, answered),
                              [](std::exception_ptr thrown) { CHECK_FALSE(thrown); });
    loop.run();
    CHECK(answered == 10);
    CHECK(room.wire.sent.size() == 2);
    CHECK(room.accounts().size() == 1);
}

TEST_CASE("who said no, or left a permission out, is told so, and nothing is kept")
{
    Room room;
    const auto denied = room.begin();
    auto no = Room::with_code(denied, "");
    no.error = "access_denied";
    CHECK(good(run(room.visits.come_back(no))).reason == "the permission was refused over there");

    const auto fewer = room.begin();
    room.wire.replies = {{200, {}, R"({"access_token":"a","scope":"https://www.googleapis.com/auth/youtube.upload"})"}};
    const auto visit = good(run(room.visits.come_back(Room::with_code(fewer))));
    CHECK(visit.stage == Stage::failed);
    CHECK(visit.reason.find("youtube.force-ssl") != std::string::npos);

    const auto cut_off = room.begin();
    CHECK(good(run(room.visits.come_back(Room::with_code(cut_off)))).reason ==
          "the line is dead; nothing was kept, so try again");
    CHECK(room.accounts().empty());
}

TEST_CASE("of several identities the person chooses one, once")
{
    Room room;
    const auto begun = room.begin();
    room.wire.replies = {tokens, two_channels};
    const auto visit = good(run(room.visits.come_back(Room::with_code(begun))));
    CHECK(visit.stage == Stage::choosing);
    REQUIRE(visit.choices.size() == 2);
    CHECK(visit.choices[1].name == "Two");
    CHECK(room.accounts().empty());
    const Rows rows = run(room.rig.db->read(Sql{"SELECT identities_sealed, verifier_sealed FROM consent_visits"}));
    CHECK(rows.front().text(0).starts_with("v1."));
    CHECK(rows.front().text(1).empty());

    CHECK(run(room.visits.choose_in_browser(Room::with_code(begun), "UC3")).error().code == "VT-ACC-010");
    auto stranger = Room::with_code(begun);
    stranger.browser = "";
    CHECK(run(room.visits.choose_in_browser(stranger, "UC2")).error().code == "VT-ACC-008");
    const auto chosen = good(run(room.visits.choose_in_browser(Room::with_code(begun), "UC2")));
    CHECK(chosen.stage == Stage::connected);
    CHECK(good(run(room.visits.choose("youtube", begun.visit.id, "UC1"))).account == chosen.account);
    REQUIRE(room.accounts().size() == 1);
    CHECK(room.accounts().front().remote_id == "UC2");
    const auto access = run(room.rig.accounts.access(room.accounts().front().id));
    CHECK(std::get<Accounts::Access>(access).token.reveal() == "access");
}

TEST_CASE("on a terminal the code is pasted, alone or in the address that the browser was sent to")
{
    Room room;
    const auto begun = room.begin(false);
    CHECK(begun.browser.empty());
    CHECK(run(room.visits.take_code("youtube", begun.visit.id, back + "?state=" + std::string(64, 'f') + "&code=c"))
              .error()
              .code == "VT-REQ-004");
    CHECK(run(room.visits.take_code("youtube", begun.visit.id, " ")).error().code == "VT-REQ-004");
    room.wire.replies = {tokens, one_channel};
    const auto visit = run(
        room.visits.take_code("youtube", begun.visit.id, back + "?state=" + begun.state + "&code=4%2F0a&scope=x\n"));
    CHECK(good(visit).stage == Stage::connected);
    CHECK(room.wire.sent[0].before.find("code=4%2F0a&") != std::string::npos);
    CHECK(run(room.visits.take_code("youtube", begun.visit.id, "4/0a")).error().code == "VT-ACC-009");

    const auto denied = room.begin(false);
    const auto no =
        run(room.visits.take_code("youtube", denied.visit.id, back + "?error=access_denied&state=" + denied.state));
    CHECK(good(no).stage == Stage::failed);
}

TEST_CASE("an app is registered by the operator, by ourselves, or known to the stand-ins")
{
    SUBCASE("the operator has none yet")
    {
        Room room(Networks::real, {});
        const auto begun = run(room.visits.begin({"youtube", "", back, true}));
        CHECK(begun.error().code == "VT-ACC-006");
        CHECK(begun.error().hint.find(back) != std::string::npos);
        CHECK(begun.error().hint.find("VITRINA_YOUTUBE_CLIENT_ID") != std::string::npos);
    }
    SUBCASE("at each Mastodon by ourselves")
    {
        Room room;
        room.wire.replies = {{200, {}, R"({"client_id":"ours","client_secret":"s"})"}};
        const auto begun = good(run(room.visits.begin({"mastodon", "Social.Example/", back, true})));
        CHECK(begun.page.starts_with("https://social.example/oauth/authorize?response_type=code&client_id=ours&"));
        room.wire.replies = {{200, {}, "<html>"}};
        CHECK(run(room.visits.begin({"mastodon", "https://social.example", back, true})).error().code == "VT-ACC-002");
        CHECK(run(room.visits.begin({"mastodon", "https://social.example", back, true})).error().code == "VT-ACC-003");
        CHECK(run(room.visits.begin({"mastodon", "https://a/b", back, true})).error().code == "VT-REQ-004");
        CHECK(run(room.visits.begin({"mastodon", "", back, true})).error().code == "VT-REQ-004");
    }
    SUBCASE("the stand-ins' pages are where a browser finds them")
    {
        Room room(Networks::sandbox, {}, "http://127.0.0.1:5080");
        const auto begun = room.begin();
        CHECK(begun.page.starts_with("http://127.0.0.1:5080/at/accounts.google.com/o/oauth2/v2/auth?client_id="
                                     "vitrina-sandbox&"));
    }
    SUBCASE("where there is no consent page")
    {
        Room room;
        CHECK(run(room.visits.begin({"peertube", "https://tube.example", back, true})).error().code == "VT-ACC-005");
        CHECK(run(room.visits.begin({"pigeon", "", back, true})).error().code == "VT-REQ-004");
        CHECK(run(room.visits.sign_in("youtube", {"", "a", Secret("b"), ""})).error().code == "VT-ACC-005");
    }
}

TEST_CASE("with a name and a password; a channel of several is chosen")
{
    Room room;
    const HttpReply client{200, {}, R"({"client_id":"c","client_secret":"s"})"};
    const HttpReply signed_in{
        200, {}, R"({"access_token":"a","refresh_token":"r","expires_in":14399,"refresh_token_expires_in":1209600})"};
    room.wire.replies = {client,
                         signed_in,
                         {200, {}, R"({"videoChannels":[{"id":1,"displayName":"One"},{"id":2,"displayName":"Two"}]})"}};
    const auto visit = good(run(room.visits.sign_in("peertube", {"tube.example", "alice", Secret("p"), ""})));
    REQUIRE(visit.stage == Stage::choosing);
    CHECK(good(run(room.visits.choose("peertube", visit.id, "2"))).stage == Stage::connected);
    const Account account = room.accounts().front();
    CHECK(account.base_url == "https://tube.example");
    CHECK(account.name == "Two");
    CHECK(account.reconnect_before == room.clock.now() + 14 * 24h);

    room.wire.replies = {client, {400, {}, R"({"code":"invalid_grant"})"}};
    CHECK(run(room.visits.sign_in("peertube", {"tube.example", "alice", Secret("q"), ""})).error().code ==
          "VT-ACC-002");
    CHECK(run(room.visits.sign_in("peertube", {"tube.example", "alice", Secret("q"), ""})).error().code ==
          "VT-ACC-003");
}

TEST_CASE("nothing of a visit to the real networks is ever told to the stand-ins")
{
    Room room;
    const auto begun = room.begin();
    ConsentVisits stand_ins(*room.rig.db, room.rig.vault, room.rig.platforms, {}, Networks::sandbox, "", room.wire,
                            room.rig.connections, room.clock);
    CHECK(run(stand_ins.come_back(Room::with_code(begun))).error().code == "VT-ACC-007");
    CHECK(room.wire.sent.empty());
}
