#include "publishing/platforms/single_call.hpp"

namespace vitrina {
namespace {

class SingleCall final : public Conversation {
public:
    SingleCall(Send send, std::function<Step(const HttpReply&, Instant)> read, const Clock& clock)
        : send_(std::move(send)), read_(std::move(read)), clock_(clock)
    {
    }
    Step resume() override { return send_; }
    Step on_reply(const HttpReply& reply) override { return read_(reply, clock_.now()); }
    Step on_loss(Loss) override { return Wait{Wait::Kind::transient, std::nullopt, "the connection was lost"}; }
    PublicationState stage() const override { return PublicationState::confirming; }
    std::string memory() const override { return "{}"; }
    std::uint64_t confirmed_bytes() const override { return 0; }

private:
    Send send_;
    std::function<Step(const HttpReply&, Instant)> read_;
    const Clock& clock_;
};

} // namespace

std::unique_ptr<Conversation> make_single_call(Send send, std::function<Step(const HttpReply&, Instant)> read,
                                               const Clock& clock)
{
    return std::make_unique<SingleCall>(std::move(send), std::move(read), clock);
}

} // namespace vitrina
