#pragma once
#include "core/secret.hpp"
#include "core/step.hpp"
#include "core/task.hpp"
#include "http/outbound.hpp"
#include "http/response.hpp"

#include <functional>
#include <string>
#include <variant>

namespace vitrina {

struct WireLoss {
    Loss loss = Loss::unknown;
    std::string why;
};

// What carries a Send to the network and brings the reply back. Implemented by OutboundWire, and by scripts in tests.
class Wire {
public:
    struct Parcel {
        Send send;
        Secret token;                               // as send.credentials says
        ContentSource* file = nullptr;              // the file of send.slice
        std::function<void(std::uint64_t)> progress; // bytes of the body that left
    };
    using Outcome = std::variant<HttpReply, WireLoss>;

    virtual ~Wire() = default;
    // What the file throws comes through.
    virtual Task<Outcome> carry(Parcel parcel) = 0;
};

// The request that a parcel is on the wire.
OutboundRequest outbound_request(Wire::Parcel parcel);

class OutboundWire final : public Wire {
public:
    explicit OutboundWire(Outbound& outbound) : outbound_(outbound) {}
    Task<Outcome> carry(Parcel parcel) override;

private:
    Outbound& outbound_;
};

} // namespace vitrina
