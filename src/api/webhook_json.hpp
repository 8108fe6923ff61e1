#pragma once
#include "api/json_writer.hpp"
#include "webhooks/deliveries.hpp"

namespace vitrina {

// A webhook as /v1 shows it; never its secret.
void append_webhook(JsonWriter& json, const Webhook& webhook);

// A delivery as /v1 shows it. In a list without what only the delivery itself shows: its message and its attempts.
void append_delivery(JsonWriter& json, const WebhookDelivery& delivery,
                     const std::vector<DeliveryAttempt>* attempts = nullptr);

} // namespace vitrina
