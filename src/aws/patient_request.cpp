#include "aws/patient_request.hpp"

#include "core/errors.hpp"
#include "core/random.hpp"
#include "core/sleep.hpp"

namespace vitrina {

Task<OutboundReply> ask_patiently(Outbound& outbound, OutboundRequest request, std::string whom, int attempts)
{
    request.reach = Reach::operator_named;
    request.repeat = Repeat::harmless;
    auto pause = std::chrono::milliseconds(100);
    for (int attempt = 1;; ++attempt) {
        OutboundRequest same = request;
        OutboundResult result = co_await outbound.send(std::move(same));
        const bool last = attempt >= attempts;
        if (auto* reply = std::get_if<OutboundReply>(&result)) {
            if (last || (reply->status < 500 && reply->status != 429))
                co_return std::move(*reply);
        } else if (last) {
            throw Unavailable(whom + " cannot be reached: " + std::get<OutboundFailure>(result).reason);
        }
        const auto share = pause * (0.5 + roll_dice() / 2);
        co_await sleep_for(std::chrono::duration_cast<std::chrono::steady_clock::duration>(share));
        pause *= 3;
    }
}

} // namespace vitrina
