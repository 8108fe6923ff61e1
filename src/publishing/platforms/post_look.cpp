#include "publishing/platforms/post_look.hpp"

#include <utility>

namespace vitrina {
namespace {

class PostLook final : public Conversation {
public:
    PostLook(Send ask, ReadLook read, std::unique_ptr<Conversation> identify, std::string account, const Clock& clock)
        : ask_(std::move(ask)),
          read_(std::move(read)),
          identify_(std::move(identify)),
          account_(std::move(account)),
          clock_(clock)
    {
    }

    // Also after a new token: both answers have to be given to the same one.
    Step resume() override
    {
        is_absent_ = false;
        return ask_;
    }

    Step on_reply(const HttpReply& reply) override
    {
        if (is_absent_)
            return on_identified(identify_->on_reply(reply));
        std::optional<Step> said = read_(reply, clock_.now());
        if (said)
            return tells_nothing(std::move(*said));
        is_absent_ = true;
        return identify_->resume();
    }

    Step on_loss(Loss) override { return Wait{Wait::Kind::transient, std::nullopt, "the connection was lost"}; }
    PublicationState stage() const override { return PublicationState::confirming; }
    std::string memory() const override { return "{}"; }
    std::uint64_t confirmed_bytes() const override { return 0; }

private:
    Step on_identified(Step step) const
    {
        const auto* who = std::get_if<Identified>(&step);
        if (!who)
            return tells_nothing(std::move(step));
        if (who->remote_id == account_)
            return Gone{};
        return Wait{Wait::Kind::transient, std::nullopt, "the token is not this account's any more"};
    }

    static Step tells_nothing(Step step)
    {
        if (const auto* refused = std::get_if<Refused>(&step))
            return Wait{Wait::Kind::transient, std::nullopt, refused->words};
        return step;
    }

    Send ask_;
    ReadLook read_;
    std::unique_ptr<Conversation> identify_;
    std::string account_;
    const Clock& clock_;
    bool is_absent_ = false;
};

} // namespace

std::unique_ptr<Conversation> make_post_look(Send ask, ReadLook read, std::unique_ptr<Conversation> identify,
                                             std::string account, const Clock& clock)
{
    return std::make_unique<PostLook>(std::move(ask), std::move(read), std::move(identify), std::move(account), clock);
}

} // namespace vitrina
