#include "publishing/converse.hpp"

namespace vitrina {

namespace {

// Each of a video's tags may be a question of its own.
constexpr int most_questions = 60;

} // namespace

Task<Step> converse(Wire& wire, Conversation& conversation, Secret token, ContentSource* file, Heard heard)
{
    Step step = conversation.resume();
    for (int asked = 0; std::holds_alternative<Send>(step); ++asked) {
        if (asked == most_questions)
            throw std::logic_error("a short conversation does not end");
        const Send send = std::get<Send>(step);
        Wire::Parcel parcel{send, token, file, {}};
        Wire::Outcome outcome = co_await wire.carry(std::move(parcel));
        if (heard)
            heard(send, outcome);
        if (const auto* reply = std::get_if<HttpReply>(&outcome))
            step = conversation.on_reply(*reply);
        else
            step = conversation.on_loss(std::get<WireLoss>(outcome).loss);
    }
    co_return step;
}

Task<ConsentStep> converse(Wire& wire, ConsentExchange& exchange)
{
    ConsentStep step = exchange.resume();
    for (int asked = 0; std::holds_alternative<Send>(step); ++asked) {
        if (asked == most_questions)
            throw std::logic_error("a consent's exchange does not end");
        Wire::Parcel parcel{std::move(std::get<Send>(step)), {}, nullptr, {}};
        Wire::Outcome outcome = co_await wire.carry(std::move(parcel));
        if (const auto* reply = std::get_if<HttpReply>(&outcome))
            step = exchange.on_reply(*reply);
        else
            step = GrantLater{std::get<WireLoss>(outcome).why};
    }
    co_return step;
}

} // namespace vitrina
