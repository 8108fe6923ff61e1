#include "core/publication.hpp"

#include <algorithm>
#include <array>

namespace vitrina {
namespace {

using State = PublicationState;
using Outcome = AttemptOutcome;

template <class Enum, std::size_t N>
std::optional<Enum> parse_name(const std::array<std::string_view, N>& names, std::string_view text)
{
    for (std::size_t i = 0; i < N; ++i)
        if (names[i] == text)
            return Enum(i);
    return std::nullopt;
}

constexpr std::array<std::string_view, 18> state_names{
    "queued",       "validating",        "opening",    "uploading", "uploaded",        "remote_processing",
    "ready",        "committing",        "confirming", "published", "outcome_unknown", "waiting_rate_limit",
    "needs_reauth", "needs_user_action", "failed",     "cancelled", "deleted",         "scheduled"};

constexpr std::array<std::string_view, 6> outcome_names{"armed", "unknown", "sent", "confirmed", "rejected", "absent"};

// The stages a conversation can be at.
bool is_stage(State state)
{
    return state >= State::opening && state <= State::confirming;
}

// What the step proves about an attempt that was open. Nothing when it contradicts what is known.
std::optional<Outcome> settle(Outcome open, State stage, const Step& step)
{
    if (std::holds_alternative<Published>(step))
        return Outcome::confirmed;
    if (std::holds_alternative<Refused>(step))
        return Outcome::rejected;
    if (std::holds_alternative<Undecided>(step))
        return open == Outcome::sent ? Outcome::sent : Outcome::unknown; // what was accepted stays accepted
    if (stage == State::confirming)
        return Outcome::sent;
    if (const auto* wait = std::get_if<Wait>(&step);
        wait && wait->kind == Wait::Kind::anew && stage < State::committing)
        return Outcome::rejected;
    if (open == Outcome::sent)
        return std::nullopt; // it was accepted: there is no way back behind that
    return stage == State::committing ? Outcome::unknown : Outcome::absent;
}

State state_of(State stage, const Step& step)
{
    struct Visitor {
        State stage;
        State operator()(const Send&) const { return stage; }
        State operator()(const Wait& wait) const
        {
            const bool told = wait.kind == Wait::Kind::rate_limited || wait.kind == Wait::Kind::quota;
            return told ? State::waiting_rate_limit : stage;
        }
        State operator()(const Published&) const { return State::published; }
        State operator()(const Reconnect&) const { return State::needs_reauth; }
        State operator()(const Refused&) const { return State::failed; }
        State operator()(const NeedsUser&) const { return State::needs_user_action; }
        State operator()(const Undecided&) const { return State::outcome_unknown; }
        State operator()(const Removed&) const { return stage; }
        State operator()(const Identified&) const { return stage; }
        State operator()(const StillThere&) const { return stage; }
        State operator()(const Gone&) const { return stage; }
    };
    return std::visit(Visitor{stage}, step);
}

} // namespace

std::string_view name(PublicationState state)
{
    return state_names[std::size_t(state)];
}

std::optional<PublicationState> parse_publication_state(std::string_view text)
{
    return parse_name<State>(state_names, text);
}

std::string_view name(AttemptOutcome outcome)
{
    return outcome_names[std::size_t(outcome)];
}

std::optional<AttemptOutcome> parse_attempt_outcome(std::string_view text)
{
    return parse_name<Outcome>(outcome_names, text);
}

bool is_over(PublicationState state)
{
    return state == State::failed || state == State::cancelled || state == State::deleted;
}

bool is_settled(PublicationState state)
{
    return is_over(state) || state == State::published || state == State::outcome_unknown ||
           state == State::needs_reauth || state == State::needs_user_action;
}

bool is_open(AttemptOutcome outcome)
{
    return outcome == Outcome::armed || outcome == Outcome::unknown || outcome == Outcome::sent;
}

std::optional<PublicationProgress> after_step(const PublicationProgress& now, PublicationState stage, const Step& step)
{
    if (is_over(now.state) || now.state == State::published || !is_stage(stage))
        return std::nullopt;

    PublicationProgress next = now;
    next.state = state_of(stage, step);
    if (now.has_open_attempt()) {
        next.attempt = settle(*now.attempt, stage, step);
        if (!next.attempt)
            return std::nullopt;
    } else if (stage == State::confirming || std::holds_alternative<Published>(step)) {
        // The network has it, whatever we believed to be proven: its word is the better evidence.
        next.attempt = settle(Outcome::sent, stage, step);
        next.attempts = std::max(next.attempts, 1);
    }

    const auto* send = std::get_if<Send>(&step);
    if (send && send->purpose == Send::Purpose::commit) {
        if (stage != State::committing)
            return std::nullopt;
        // An attempt that is still in the dark stands in the way: it has to be proven absent first, at an earlier
        // stage.
        if (now.has_open_attempt())
            return std::nullopt;
        next.attempt = Outcome::armed;
        ++next.attempts;
        return next;
    }
    // There is nothing to reconcile where nothing was armed.
    if (stage == State::committing && !next.has_open_attempt() && !std::holds_alternative<Refused>(step))
        return std::nullopt;
    return next;
}

bool is_waiting_for_its_time(const PublicationProgress& now)
{
    return now.state == State::scheduled && !now.has_open_attempt();
}

std::optional<PublicationProgress> after_cancel(const PublicationProgress& now)
{
    if (is_over(now.state) || now.state == State::published || now.has_open_attempt())
        return std::nullopt;
    PublicationProgress next = now;
    next.state = State::cancelled;
    return next;
}

std::optional<PublicationProgress> after_retry(const PublicationProgress& now, Insist insist)
{
    PublicationProgress next = now;
    next.state = State::queued;
    if (now.state == State::failed)
        return next;
    if (now.state != State::outcome_unknown && now.state != State::needs_user_action)
        return std::nullopt;
    if (insist == Insist::even_if_posted_twice && now.state == State::outcome_unknown)
        next.attempt = Outcome::absent; // a person said so
    return next;
}

std::optional<PublicationProgress> after_finding(const PublicationProgress& now)
{
    if (now.state != State::outcome_unknown && now.state != State::needs_user_action)
        return std::nullopt;
    return PublicationProgress{State::published, now.attempts, now.attempt ? Outcome::confirmed : now.attempt};
}

std::optional<PublicationProgress> after_stranding(const PublicationProgress& now)
{
    if (is_settled(now.state))
        return std::nullopt;
    PublicationProgress next = now;
    next.state = now.state == State::scheduled ? State::scheduled : State::queued;
    return next;
}

std::optional<PublicationProgress> after_reconnect(const PublicationProgress& now)
{
    if (now.state != State::needs_reauth)
        return std::nullopt;
    PublicationProgress next = now;
    next.state = State::queued;
    return next;
}

std::optional<PublicationProgress> after_vanishing(const PublicationProgress& now)
{
    return now.state == State::published ? after_removal(now) : std::nullopt;
}

std::optional<PublicationProgress> after_removal(const PublicationProgress& now)
{
    if (now.state != State::published && now.state != State::needs_user_action)
        return std::nullopt;
    PublicationProgress next = now;
    next.state = State::deleted;
    return next;
}

} // namespace vitrina
