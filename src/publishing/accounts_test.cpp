#include "publishing/publishing_fixture.hpp"

#include <boost/asio/co_spawn.hpp>
#include <doctest/doctest.h>

using namespace vitrina;
using namespace std::chrono_literals;
using fake::Mishap;
using State = PublicationState;

namespace {

std::string token_of(const Accounts::AccessResult& result)
{
    const auto* access = std::get_if<Accounts::Access>(&result);
    return access ? access->token.reveal() : std::string();
}

} // namespace

TEST_CASE("T1: fifty callers meet an expired token together, and the network is asked once")
{
    PublishingWorld world;
    const Account account = world.connect("youtube");
    CHECK(world.internet.youtube.refreshes == 1);
    world.clock.advance(2h);

    boost::asio::io_context loop(1);
    std::vector<std::string> tokens;
    for (int i = 0; i < 50; ++i)
        boost::asio::co_spawn(loop.get_executor(), world.accounts.access(account.id, {}),
                              [&](std::exception_ptr thrown, Accounts::AccessResult result) {
            CHECK_FALSE(thrown);
            tokens.push_back(token_of(result));
        });
    loop.run();
    CHECK(world.internet.youtube.refreshes == 2);
    CHECK(tokens == std::vector<std::string>(50, "token-3"));
}

TEST_CASE("T1: fifty callers whose token was refused share one refresh, and so do those who come late")
{
    PublishingWorld world;
    const Account account = world.connect("youtube");
    const auto first = run(world.accounts.access(account.id));
    const std::int64_t version = std::get<Accounts::Access>(first).version;
    boost::asio::io_context loop(1);
    int good = 0;
    for (int i = 0; i < 50; ++i)
        boost::asio::co_spawn(
            loop.get_executor(), world.accounts.access(account.id, version),
            [&](std::exception_ptr, Accounts::AccessResult result) { good += token_of(result) == "token-3"; });
    loop.run();
    CHECK(good == 50);
    CHECK(token_of(run(world.accounts.access(account.id, version))) == "token-3");
    CHECK(world.internet.youtube.refreshes == 2);
}

TEST_CASE("T3: a provider in trouble does not disconnect the account, and is not hammered")
{
    PublishingWorld world;
    const Account account = world.connect("youtube");
    world.clock.advance(2h);
    SUBCASE("500")
    {
        world.internet.youtube.refresh_answer = HttpReply{500, {}, "oops"};
    }
    SUBCASE("an HTML page")
    {
        world.internet.youtube.refresh_answer = HttpReply{502, {}, "<html>"};
    }
    SUBCASE("our own client is misconfigured")
    {
        world.internet.youtube.refresh_answer = HttpReply{401, {}, R"({"error":"invalid_client"})"};
    }
    SUBCASE("no connection")
    {
        world.internet.plan = [](int, const Send& send) {
            return send.url.find("oauth2") != std::string::npos ? Mishap::not_sent : Mishap::none;
        };
    }
    SUBCASE("time-out")
    {
        world.internet.plan = [](int, const Send& send) {
            return send.url.find("oauth2") != std::string::npos ? Mishap::drop_before : Mishap::none;
        };
    }
    const int exchanges = world.internet.exchanges;
    for (int i = 0; i < 10; ++i)
        CHECK(std::holds_alternative<Accounts::Later>(run(world.accounts.access(account.id))));
    CHECK(world.internet.exchanges == exchanges + 1);
    CHECK(run(world.accounts.find(account.id))->status == Account::Status::connected);

    const Publication publication = world.publish(world.given_video(), "youtube");
    for (int i = 0; i < 20; ++i)
        world.step();
    CHECK_FALSE(is_settled(world.state(publication.id)));
    world.internet.youtube.refresh_answer.reset();
    world.internet.plan = nullptr;
    world.settle();
    CHECK(world.state(publication.id) == State::published);
}

TEST_CASE("a dead grant blocks publications, and connecting again lets them go on where they stood")
{
    PublishingWorld world;
    const Account account = world.connect("youtube");
    const Publication publication = world.publish(world.given_video(), "youtube");
    // The token dies after the first chunk.
    world.internet.plan = [&world](int, const Send& send) {
        if (send.what.starts_with("send bytes") && !send.what.starts_with("send bytes 0-")) {
            world.internet.youtube.token = "another";
            world.internet.youtube.refresh_answer = HttpReply{400, {}, R"({"error":"invalid_grant"})"};
        }
        return Mishap::none;
    };
    world.settle();
    CHECK(world.state(publication.id) == State::needs_reauth);
    CHECK(run(world.accounts.find(account.id))->status == Account::Status::needs_reconnect);
    CHECK(world.look(publication.id).bytes_sent == PublishingWorld::chunk);
    const auto refused = run(world.requests.to_platforms(world.given_video("Dogs"), {"youtube"}));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == FaultKind::conflict);

    world.internet.plan = nullptr;
    world.internet.youtube.refresh_answer.reset();
    CHECK(world.connect("youtube").id == account.id);
    world.settle();
    CHECK(world.state(publication.id) == State::published);
    CHECK(world.internet.youtube.sessions_opened == 1); // the upload was not started anew
    CHECK(world.internet.youtube.posts.size() == 1);
}

TEST_CASE("an account that is connected again just before a block is saved does not leave the publication blocked")
{
    PublishingWorld world;
    world.connect("youtube");
    const Publication publication = world.publish(world.given_video(), "youtube");
    world.internet.youtube.token = "another";
    world.internet.youtube.refresh_answer = HttpReply{400, {}, R"({"error":"invalid_grant"})"};
    world.settle();
    REQUIRE(world.state(publication.id) == State::needs_reauth);
    world.internet.youtube.refresh_answer.reset();
    world.connect("youtube");
    // What the late save of the blocked run leaves: its job goes on, and the row says what was true before.
    run(world.db->write(Sql{"UPDATE publications SET status = 'needs_reauth' WHERE id = $1"}, publication.id.text()));
    world.settle();
    CHECK(world.state(publication.id) == State::published);
}

TEST_CASE("a token that expires in the middle of an upload costs one refresh, and no byte")
{
    PublishingWorld world;
    world.connect("youtube");
    const Publication publication = world.publish(world.given_video(), "youtube");
    int sent = 0;
    world.internet.plan = [&](int, const Send& send) {
        if (send.slice && ++sent == 2)
            world.internet.youtube.token = "expired by now";
        return Mishap::none;
    };
    world.settle();
    CHECK(world.state(publication.id) == State::published);
    CHECK(world.internet.youtube.refreshes == 2);
    CHECK(world.internet.youtube.sessions_opened == 1);
    CHECK(world.internet.youtube.bytes_received == world.bytes.size());
}

TEST_CASE("a Mastodon token that is refused cannot be refreshed: the account has to be connected again")
{
    PublishingWorld world;
    const Account account = world.connect("mastodon");
    world.internet.mastodon.token = "revoked";
    const Publication publication = world.publish(world.given_video(), "mastodon");
    world.settle();
    CHECK(world.state(publication.id) == State::needs_reauth);
    CHECK(run(world.accounts.find(account.id))->status == Account::Status::needs_reconnect);
}

TEST_CASE("connecting again without a refresh token keeps the one that is there")
{
    PublishingWorld world;
    const Account account = world.connect("youtube");
    NewAccount again = world.new_account("youtube");
    again.tokens.refresh_token = {};
    again.tokens.client_secret = {};
    again.tokens.access_token = Secret(world.internet.youtube.token);
    CHECK(run(world.connections.connect(again))->id == account.id);
    world.clock.advance(2h);
    CHECK(token_of(run(world.accounts.access(account.id, run(world.accounts.find(account.id))->version))) == "token-3");
}

TEST_CASE("an account that the network does not take is not kept")
{
    PublishingWorld world;
    world.internet.youtube.refresh_answer = HttpReply{400, {}, R"({"error":"invalid_grant"})"};
    const auto dead = run(world.connections.connect(world.new_account("youtube")));
    REQUIRE_FALSE(dead);
    CHECK(dead.error().kind == FaultKind::unprocessable);
    world.internet.youtube.refresh_answer = HttpReply{503, {}, ""};
    const auto away = run(world.connections.connect(world.new_account("youtube")));
    REQUIRE_FALSE(away);
    CHECK(away.error().kind == FaultKind::unavailable);
    CHECK(run(world.accounts.list()).empty());
}

TEST_CASE("an account is not removed under a publication, and goes when it has ended")
{
    PublishingWorld world;
    const Account account = world.connect("youtube");
    const Publication publication = world.publish(world.given_video(), "youtube");
    CHECK_FALSE(run(world.connections.disconnect(account.id)));
    world.settle();
    CHECK(run(world.connections.disconnect(account.id)));
    CHECK_FALSE(run(world.connections.disconnect(account.id)));
    CHECK(world.state(publication.id) == State::published);
}
