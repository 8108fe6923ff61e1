#pragma once
#include "core/clock.hpp"
#include "core/secret.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace vitrina {

// What signs the messages of one webhook, as Standard Webhooks has it: "whsec_" and the base64 of 24 to 64 bytes.
class SigningSecret {
public:
    // 32 random bytes.
    static SigningSecret make();
    // Nothing when the text is not one.
    static std::optional<SigningSecret> parse(std::string_view text);

    // "whsec_…": for its owner and for the vault, never for a log.
    Secret text() const;
    const Secret& bytes() const { return bytes_; }

private:
    explicit SigningSecret(Secret bytes) : bytes_(std::move(bytes)) {}
    Secret bytes_;
};

// The value of the header webhook-signature: "v1,<base64 of HMAC-SHA-256 over id.timestamp.body>", one for each secret,
// divided by spaces. The timestamp is in whole seconds, as the header webhook-timestamp says it.
std::string webhook_signature(std::span<const SigningSecret> secrets, std::string_view message_id, Instant at,
                              std::string_view body);
// Seconds since 1970.
std::string webhook_timestamp(Instant at);

} // namespace vitrina
