#include "publishing/converse_as.hpp"

#include "publishing/evidence.hpp"
#include "publishing/patience.hpp"

#include <algorithm>

namespace vitrina {
namespace {

using namespace std::chrono_literals;

Heard writing_into(std::vector<PublicationNote>* notes, const Clock& clock)
{
    if (!notes)
        return {};
    return [notes, &clock](const Send& send, const Wire::Outcome& outcome) {
        if (const auto* reply = std::get_if<HttpReply>(&outcome))
            notes->push_back({clock.now(), send.what, reply->status, evidence_of(reply->body)});
        else
            notes->push_back({clock.now(), send.what, 0, "no answer: " + std::get<WireLoss>(outcome).why});
    };
}

} // namespace

Task<Step> converse_as(const PublishTools& tools, AccountId account, Conversation& conversation, ContentSource* file,
                       std::vector<PublicationNote>* notes)
{
    std::optional<std::int64_t> refused;
    for (int tries = 0;; ++tries) {
        Accounts::AccessResult access = co_await tools.accounts.access(account, refused);
        if (const auto* later = std::get_if<Accounts::Later>(&access)) {
            Step wait = Wait{Wait::Kind::transient, later->until, later->why};
            co_return wait;
        }
        if (const auto* gone = std::get_if<Accounts::Disconnected>(&access)) {
            Step reconnect = Reconnect{gone->why};
            co_return reconnect;
        }
        auto& token = std::get<Accounts::Access>(access);
        refused = token.version;
        Heard heard = writing_into(notes, tools.clock);
        Step step = co_await converse(tools.wire, conversation, std::move(token.token), file, std::move(heard));
        if (!std::holds_alternative<Reconnect>(step) || tries > 0)
            co_return step;
    }
}

JobResult snooze_until(const Wait& wait, Instant now)
{
    const auto delay = wait.until ? *wait.until - now : pause_for(wait.kind, 1, 0.5);
    return Snooze{std::max<std::chrono::microseconds>(delay, 1s)};
}

} // namespace vitrina
