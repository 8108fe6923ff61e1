#pragma once
#include "core/step.hpp"

#include <optional>
#include <string_view>

namespace vitrina {

// Where a publication (one video on one account) stands.
enum class PublicationState {
    queued,             // durable, waiting for a worker
    validating,         // its text and media are held against the network's limits
    opening,            // an upload session is being opened
    uploading,          // bytes move
    uploaded,           // all bytes are confirmed
    remote_processing,  // the network works on the bytes
    ready,              // everything reversible is done
    committing,         // the irreversible call is, or was, on its way
    confirming,         // accepted; waiting for the network's own confirmation
    published,          // confirmed
    outcome_unknown,    // committed, and nobody can prove what became of it: a person decides
    waiting_rate_limit, // until the network's limit is lifted
    needs_reauth,       // blocked: the account has to be reconnected
    needs_user_action,  // the person has to finish it over there
    failed,
    cancelled,
    deleted,            // taken back over there, or removed there by others
    scheduled,          // waits for its time; nothing of it was sent
};

std::string_view name(PublicationState state);
std::optional<PublicationState> parse_publication_state(std::string_view name);

// failed, cancelled, deleted: the same video may be published to the same account anew.
bool is_over(PublicationState state);
// Over, published, or waiting for a person: no worker will move it.
bool is_settled(PublicationState state);

// What became of one try of the irreversible call.
enum class AttemptOutcome {
    armed,     // written down before the first byte; may or may not have been sent
    unknown,   // sent, no usable answer: to be reconciled, never repeated
    sent,      // accepted by a complete answer; its confirmation is pending
    confirmed, // it is there
    rejected,  // a complete answer says no
    absent,    // proven not to have happened: the one case in which another try is right
};

std::string_view name(AttemptOutcome outcome);
std::optional<AttemptOutcome> parse_attempt_outcome(std::string_view name);
// armed, unknown, sent: at most one such attempt per publication.
bool is_open(AttemptOutcome outcome);

// What the rules below look at.
struct PublicationProgress {
    PublicationState state = PublicationState::queued;
    int attempts = 0;                       // how often the irreversible call was armed
    std::optional<AttemptOutcome> attempt;  // of the newest one

    bool has_open_attempt() const { return attempt && is_open(*attempt); }
    bool operator==(const PublicationProgress&) const = default;
};

// What the conversation's step means, `stage` being where the conversation says it stands. Nothing when it would
// break a rule: arming while an attempt is open, going back behind an accepted commit, moving a settled publication.
std::optional<PublicationProgress> after_step(const PublicationProgress& now, PublicationState stage, const Step& step);

// Whether it waits for its time: moving it, and changing what it says, are still possible.
bool is_waiting_for_its_time(const PublicationProgress& now);
// Before the irreversible call is armed only.
std::optional<PublicationProgress> after_cancel(const PublicationProgress& now);
// A failed one starts anew. An unknown outcome is looked into again, with no new post; `even_if_posted_twice` is a
// person's explicit decision to post again all the same.
enum class Insist { no, even_if_posted_twice };
std::optional<PublicationProgress> after_retry(const PublicationProgress& now, Insist insist = Insist::no);
// A person found the post, where nobody could prove it, or finished it over there.
std::optional<PublicationProgress> after_finding(const PublicationProgress& now);
// Nobody works on it any more, though it is not settled: it goes on where it stood.
std::optional<PublicationProgress> after_stranding(const PublicationProgress& now);
// The account was connected again.
std::optional<PublicationProgress> after_reconnect(const PublicationProgress& now);
// The network has a published post no more, though nobody here took it back.
std::optional<PublicationProgress> after_vanishing(const PublicationProgress& now);
// The network took the post back (or had it no more).
std::optional<PublicationProgress> after_removal(const PublicationProgress& now);

} // namespace vitrina
