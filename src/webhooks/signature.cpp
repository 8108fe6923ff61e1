#include "webhooks/signature.hpp"

#include "core/base64.hpp"
#include "core/digest.hpp"
#include "core/random.hpp"

namespace vitrina {
namespace {

constexpr std::string_view prefix = "whsec_";
constexpr std::size_t shortest = 24, longest = 64, usual = 32;

} // namespace

SigningSecret SigningSecret::make()
{
    std::string bytes(usual, '\0');
    fill_random(std::as_writable_bytes(std::span(bytes)));
    return SigningSecret(Secret(std::move(bytes)));
}

std::optional<SigningSecret> SigningSecret::parse(std::string_view text)
{
    if (!text.starts_with(prefix))
        return std::nullopt;
    auto bytes = from_base64(text.substr(prefix.size()));
    if (!bytes || bytes->size() < shortest || bytes->size() > longest)
        return std::nullopt;
    return SigningSecret(Secret(std::move(*bytes)));
}

Secret SigningSecret::text() const
{
    return Secret(std::string(prefix) + to_base64(bytes_.reveal()));
}

std::string webhook_timestamp(Instant at)
{
    return std::to_string(std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count());
}

std::string webhook_signature(std::span<const SigningSecret> secrets, std::string_view message_id, Instant at,
                              std::string_view body)
{
    std::string signed_text(message_id);
    signed_text += '.' + webhook_timestamp(at) + '.';
    signed_text += body;
    std::string signatures;
    for (const SigningSecret& secret : secrets) {
        const Sha256 mac = hmac_sha256(secret.bytes().reveal(), signed_text);
        signatures += signatures.empty() ? "v1," : " v1,";
        signatures += to_base64(std::string_view(reinterpret_cast<const char*>(mac.data()), mac.size()));
    }
    return signatures;
}

} // namespace vitrina
