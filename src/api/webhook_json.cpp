#include "api/webhook_json.hpp"

namespace vitrina {
namespace {

void append_time(JsonWriter& json, std::string_view name, const std::optional<Instant>& when)
{
    json.member(name);
    if (when)
        json.value(rfc3339(*when));
    else
        json.null();
}

void append_text_or_null(JsonWriter& json, std::string_view name, const std::string& text)
{
    json.member(name);
    if (text.empty())
        json.null();
    else
        json.value(text);
}

// 0 stands for no answer.
void append_status(JsonWriter& json, int status)
{
    json.member("response_status");
    if (status > 0)
        json.value(status);
    else
        json.null();
}

} // namespace

void append_webhook(JsonWriter& json, const Webhook& webhook)
{
    json.begin_object();
    json.member("id", webhook.id.text()).member("url", webhook.url).member("description", webhook.description);
    json.member("types").begin_array();
    for (const std::string& type : webhook.types)
        json.value(type);
    json.end_array().member("status", name(webhook.status));
    append_text_or_null(json, "reason_code", webhook.reason_code);
    append_text_or_null(json, "trouble", webhook.trouble);
    append_time(json, "failing_since", webhook.failing_since);
    append_time(json, "delivered_at", webhook.delivered_at);
    json.member("pending", webhook.pending).member("missed", webhook.missed);
    json.member("created_at", rfc3339(webhook.created_at)).member("updated_at", rfc3339(webhook.updated_at));
    json.end_object();
}

void append_delivery(JsonWriter& json, const WebhookDelivery& delivery, const std::vector<DeliveryAttempt>* attempts)
{
    json.begin_object();
    json.member("id", delivery.id.text()).member("webhook_id", delivery.webhook.text());
    json.member("event_id", delivery.event_id).member("type", delivery.type);
    json.member("status", name(delivery.status)).member("attempts", delivery.attempts);
    append_status(json, delivery.last_status);
    append_text_or_null(json, "trouble", delivery.trouble);
    append_time(json, "next_attempt_at", delivery.next_attempt_at);
    append_text_or_null(json, "replay_of", delivery.replay_of ? delivery.replay_of->text() : "");
    json.member("created_at", rfc3339(delivery.created_at));
    append_time(json, "settled_at", delivery.settled_at);
    if (attempts) {
        json.member("payload").raw(delivery.body).member("log").begin_array();
        for (const DeliveryAttempt& attempt : *attempts) {
            json.begin_object().member("number", attempt.number).member("at", rfc3339(attempt.at));
            json.member("took_ms", attempt.took.count());
            append_status(json, attempt.status);
            append_text_or_null(json, "trouble", attempt.trouble);
            json.member("response", attempt.answer).end_object();
        }
        json.end_array();
    }
    json.end_object();
}

} // namespace vitrina
