#include "publishing/converse.hpp"

namespace vitrina {

Task<Step> converse(Wire& wire, Conversation& conversation, Secret token, ContentSource* file)
{
    constexpr int most_questions = 20;
    Step step = conversation.resume();
    for (int asked = 0; std::holds_alternative<Send>(step); ++asked) {
        if (asked == most_questions)
            throw std::logic_error("a short conversation does not end");
        Wire::Parcel parcel{std::get<Send>(step), token, file, {}};
        Wire::Outcome outcome = co_await wire.carry(std::move(parcel));
        if (const auto* reply = std::get_if<HttpReply>(&outcome))
            step = conversation.on_reply(*reply);
        else
            step = conversation.on_loss(std::get<WireLoss>(outcome).loss);
    }
    co_return step;
}

} // namespace vitrina
