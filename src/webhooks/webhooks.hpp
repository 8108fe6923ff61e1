#pragma once
#include "core/vault.hpp"
#include "jobs/queue.hpp"
#include "webhooks/signature.hpp"
#include "webhooks/webhook.hpp"

namespace vitrina {

struct NewWebhook {
    std::string url;
    std::string description;
    std::vector<std::string> types;      // none: all
    std::optional<SigningSecret> secret; // made when there is none
    std::string asked_by; // names the request, so that it makes one webhook however often it comes through; "" for none
};

struct WebhookChange {
    std::optional<std::string> url, description;
    std::optional<std::vector<std::string>> types;
    std::optional<Webhook::Status> status; // active: also what waits or was put off is sent now
};

// What signs now: the secret, and those that it takes the place of, until their times.
struct SigningSecrets {
    SigningSecret current;
    struct Former {
        SigningSecret secret;
        Instant signs_until;
    };
    std::vector<Former> former;

    std::vector<SigningSecret> all() const;
};

// The webhooks as people look after them. Their secrets are sealed at rest.
class Webhooks {
public:
    Webhooks(Database& database, JobQueue& queue, const Vault& vault, const Clock& clock);

    // It is told of what happens from now on. conflict (VT-WHK-002) when there are as many as can be.
    Task<Result<Webhook>> create(NewWebhook webhook);
    Task<std::vector<Webhook>> list(); // in the order in which they were made; at most most_webhooks
    Task<std::optional<Webhook>> find(WebhookId id);
    // precondition_failed when it has another version than the one expected.
    Task<Result<Webhook>> change(WebhookId id, WebhookChange change, std::optional<std::int64_t> expected_version = {});
    // Nothing more is sent to it; a job removes its deliveries. False when there is none.
    Task<bool> remove(WebhookId id);

    // Throws VaultError when the current one was sealed with another key; such former ones are left out. Nothing when
    // there is no such webhook.
    Task<std::optional<SigningSecrets>> secrets(WebhookId id);
    // From now on `secret`, or a new one, signs; the one before it as well for that long. conflict (VT-WHK-005) when
    // too many sign already.
    Task<Result<void>> rotate(WebhookId id, std::chrono::seconds overlap, std::optional<SigningSecret> secret);

private:
    Task<> keep_secret(Transaction& transaction, WebhookId id, std::int64_t number, SigningSecret secret);

    Database& db_;
    JobQueue& queue_;
    const Vault& vault_;
    const Clock& clock_;
};

Fault webhook_changed_meanwhile();
// Its secret was sealed with another key.
Fault secret_unreadable();

} // namespace vitrina
