#pragma once
#include "http/outbound.hpp"
#include "http/route.hpp"
#include "webhooks/deliveries.hpp"
#include "webhooks/webhooks.hpp"

#include <functional>
#include <vector>

namespace vitrina {

// /v1/webhooks and /v1/webhook-deliveries.
class WebhooksApi {
public:
    // Why nothing could ever be sent to a URL; nothing when it may be tried.
    using Refusal = std::function<std::optional<std::string>(const std::string& url)>;

    WebhooksApi(Webhooks& webhooks, WebhookDeliveries& deliveries, Refusal refusal, const Clock& clock);

    std::vector<Route> routes();

private:
    Task<Response> list(const Request& request);
    Task<Response> create(const Request& request);
    Task<Response> show(const Request& request);
    Task<Response> change(const Request& request);
    Task<Response> remove(const Request& request);
    Task<Response> secret(const Request& request);
    Task<Response> rotate(const Request& request);
    Task<Response> ping(const Request& request);
    Task<Response> deliveries(const Request& request);
    Task<Response> replay_failed(const Request& request);
    Task<Response> delivery(const Request& request);
    Task<Response> replay(const Request& request);

    Webhooks& webhooks_;
    WebhookDeliveries& deliveries_;
    const Refusal refusal_;
    const Clock& clock_;
};

} // namespace vitrina
