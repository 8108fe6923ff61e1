#include "core/publication.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <rapidcheck.h>
#include <vector>

using namespace vitrina;
using State = PublicationState;
using Outcome = AttemptOutcome;

namespace {

Send sending(Send::Purpose purpose)
{
    return {.what = "x", .method = "POST", .url = "https://x", .purpose = purpose};
}

const Step commit = sending(Send::Purpose::commit);
const Step ordinary = sending(Send::Purpose::ordinary);
const Step reconcile = sending(Send::Purpose::reconcile);

std::vector<Step> every_step()
{
    return {ordinary,
            commit,
            reconcile,
            Wait{Wait::Kind::processing, {}, ""},
            Wait{Wait::Kind::transient, {}, ""},
            Wait{Wait::Kind::rate_limited, {}, ""},
            Wait{Wait::Kind::quota, {}, ""},
            Wait{Wait::Kind::anew, {}, ""},
            Published{"1", "u"},
            Reconnect{""},
            Refused{},
            NeedsUser{},
            Undecided{""}};
}

PublicationProgress at(PublicationProgress now, State stage, const Step& step)
{
    const auto next = after_step(now, stage, step);
    REQUIRE(next);
    return *next;
}

PublicationProgress armed()
{
    PublicationProgress now = at({}, State::opening, ordinary);
    now = at(now, State::uploading, ordinary);
    return at(now, State::committing, commit);
}

} // namespace

TEST_CASE("the names of states and outcomes read back")
{
    for (int i = 0; i <= int(State::scheduled); ++i)
        CHECK(parse_publication_state(name(State(i))) == State(i));
    for (int i = 0; i <= int(Outcome::absent); ++i)
        CHECK(parse_attempt_outcome(name(Outcome(i))) == Outcome(i));
    CHECK(name(State::needs_user_action) == "needs_user_action");
    CHECK(name(Outcome::absent) == "absent");
    CHECK_FALSE(parse_publication_state("Published"));
}

TEST_CASE("an armed attempt without an answer is reconciled, never repeated")
{
    PublicationProgress now = armed();
    CHECK(now.attempts == 1);
    CHECK(now.attempt == Outcome::armed);
    CHECK_FALSE(after_step(now, State::committing, commit));

    now = at(now, State::committing, reconcile);
    CHECK(now.attempt == Outcome::unknown);
    CHECK_FALSE(after_step(now, State::committing, commit));

    SUBCASE("proven absent: one more try is right")
    {
        now = at(now, State::uploading, ordinary);
        CHECK(now.attempt == Outcome::absent);
        now = at(now, State::committing, commit);
        CHECK(now.attempts == 2);
        CHECK(now.attempt == Outcome::armed);
    }
    SUBCASE("found: it is confirmed, and no step leads back")
    {
        now = at(now, State::confirming, ordinary);
        CHECK(now.attempt == Outcome::sent);
        CHECK_FALSE(after_step(now, State::uploading, ordinary));
        CHECK_FALSE(after_step(now, State::committing, commit));
        CHECK(at(now, State::confirming, Published{"1", ""}).attempt == Outcome::confirmed);
        // Answers that contradict it leave it to a person, who cannot post again by looking again.
        now = at(now, State::committing, Undecided{""});
        CHECK(now.attempt == Outcome::sent);
        CHECK_FALSE(after_step(*after_retry(now), State::uploading, ordinary));
    }
    SUBCASE("undecided: a person decides, and may look again or insist")
    {
        now = at(now, State::committing, Undecided{""});
        CHECK(now.state == State::outcome_unknown);
        const auto again = after_retry(now);
        REQUIRE(again);
        CHECK(again->attempt == Outcome::unknown);
        CHECK_FALSE(after_step(*again, State::committing, commit));
        const auto insisted = after_retry(now, Insist::even_if_posted_twice);
        REQUIRE(insisted);
        CHECK(insisted->attempt == Outcome::absent);
    }
}

TEST_CASE("a person's word that it is there settles what nobody could prove, and nothing else")
{
    const auto unknown = at(armed(), State::committing, Undecided{""});
    CHECK(after_finding(unknown)->state == State::published);
    CHECK(after_finding(unknown)->attempt == Outcome::confirmed);
    CHECK_FALSE(after_finding({}));
    CHECK_FALSE(after_finding(armed()));
    CHECK_FALSE(after_finding(at(armed(), State::confirming, Published{})));
}

TEST_CASE("a publication can be cancelled until it is armed, and not after")
{
    CHECK(after_cancel({})->state == State::cancelled);
    CHECK(after_cancel(at({}, State::uploading, ordinary)));
    CHECK_FALSE(after_cancel(armed()));
    CHECK_FALSE(after_cancel(at(armed(), State::confirming, ordinary)));
    CHECK_FALSE(after_cancel(at(armed(), State::confirming, Published{})));
}

TEST_CASE("the network's word that it has the post beats our proof that it has not")
{
    const auto absent = at(armed(), State::uploading, ordinary);
    CHECK(at(absent, State::confirming, ordinary).attempt == Outcome::sent);
    CHECK(at(absent, State::confirming, Published{"1", ""}).attempt == Outcome::confirmed);
    CHECK_FALSE(after_step(absent, State::committing, reconcile));
}

TEST_CASE("the network takes its yes back: what was sent is void, and one more try is right")
{
    const Step anew = Wait{Wait::Kind::anew, {}, "the upload was lost"};
    PublicationProgress now = at(at(armed(), State::committing, reconcile), State::confirming, ordinary);
    CHECK(at(now, State::confirming, anew).attempt == Outcome::sent); // it has to begin at the beginning
    now = at(now, State::opening, anew);
    CHECK(now.attempt == Outcome::rejected);
    CHECK(now.state == State::opening);
    now = at(now, State::committing, commit);
    CHECK(now.attempts == 2);
}

TEST_CASE("one that nobody works on goes on where it stood, and what is in the dark stays there")
{
    CHECK(after_stranding(at({}, State::uploading, ordinary))->state == State::queued);
    CHECK(after_stranding(armed())->attempt == Outcome::armed);
    CHECK_FALSE(after_stranding(at(armed(), State::committing, Undecided{""})));
    CHECK_FALSE(after_stranding(at(armed(), State::confirming, Published{})));
}

TEST_CASE("a blocked publication goes on where it stood")
{
    const auto blocked = at(at({}, State::uploading, ordinary), State::uploading, Reconnect{""});
    CHECK(blocked.state == State::needs_reauth);
    CHECK(after_reconnect(blocked)->state == State::queued);
    CHECK_FALSE(after_reconnect({}));
}

TEST_CASE("whatever a conversation says, in whatever order")
{
    const std::vector<Step> steps = every_step();
    CHECK(rc::check("at most one attempt is open, and an accepted one stays", [&steps] {
        PublicationProgress now;
        bool accepted = false, published = false;
        const auto length = *rc::gen::inRange(1, 60);
        for (int i = 0; i < length; ++i) {
            // Mostly where things happen, sometimes where a conversation can never stand.
            const auto stage = State(
                *rc::gen::weightedOneOf<int>({{9, rc::gen::inRange(int(State::uploading), int(State::confirming) + 1)},
                                              {1, rc::gen::inRange(int(State::queued), int(State::deleted) + 1)}}));
            const Step& step = steps[*rc::gen::weightedOneOf<std::size_t>(
                {{1, rc::gen::inRange<std::size_t>(0, 3)}, {1, rc::gen::inRange<std::size_t>(0, steps.size())}})];
            const auto* send = std::get_if<Send>(&step);
            const bool fires = send && send->purpose == Send::Purpose::commit;
            const auto next = after_step(now, stage, step);
            if (!next) {
                const auto retried = *rc::gen::arbitrary<bool>() ? after_retry(now) : std::nullopt;
                now = retried.value_or(now);
                continue;
            }
            if (fires) {
                RC_ASSERT(!now.has_open_attempt());        // never from committing back to send
                RC_ASSERT(next->attempts == now.attempts + 1);
                RC_ASSERT(next->state == State::committing);
            } else {
                RC_ASSERT(next->attempts ==
                          std::max(now.attempts, int(stage == State::confirming || next->state == State::published)));
                RC_ASSERT(next->attempt != Outcome::armed); // nothing else arms, and nothing stays merely armed
            }
            if (next->state == State::published)
                RC_ASSERT(next->attempt == Outcome::confirmed);
            const auto* wait = std::get_if<Wait>(&step);
            const bool anew = wait && wait->kind == Wait::Kind::anew; // the network takes its yes back
            if (anew && stage < State::committing)
                RC_ASSERT(!next->has_open_attempt());
            else if (accepted && next->state != State::failed)
                RC_ASSERT(next->attempt == Outcome::sent || next->attempt == Outcome::confirmed);
            RC_ASSERT(!published);                         // published is the end
            RC_ASSERT(!(next->has_open_attempt() && after_cancel(*next)));
            accepted = next->attempt == Outcome::sent;
            published = next->state == State::published;
            now = *next;
        }
    }));
}
