#include "api/v1/webhooks.hpp"

#include "api/error_response.hpp"
#include "api/idempotency.hpp"
#include "api/json_body.hpp"
#include "api/page_cursor.hpp"
#include "api/webhook_json.hpp"
#include "events/event_types.hpp"
#include "http/conditional.hpp"

#include <algorithm>
#include <boost/json/value.hpp>
#include <charconv>

namespace vitrina {
namespace {

using namespace std::chrono_literals;

constexpr const char* collection = "/v1/webhooks";
constexpr std::size_t longest_url = 2000, longest_description = 500, longest_secret = 200;
constexpr std::chrono::seconds usual_overlap = 24h, longest_overlap = 7 * 24h;

std::string etag_of(const Webhook& webhook)
{
    return '"' + std::to_string(webhook.version) + '"';
}

Response webhook_response(int status, const Webhook& webhook)
{
    std::string text;
    JsonWriter json(text);
    append_webhook(json, webhook);
    Response response(status, "application/json", std::move(text));
    response.headers.add("ETag", etag_of(webhook));
    return response;
}

Response delivery_response(int status, const WebhookDelivery& delivery)
{
    std::string text;
    JsonWriter json(text);
    append_delivery(json, delivery);
    return Response(status, "application/json", std::move(text));
}

std::optional<std::string> read_url(JsonBody& body, const WebhooksApi::Refusal& refusal)
{
    auto url = body.text("url", longest_url);
    if (!url)
        return url;
    const bool plain = std::ranges::all_of(*url, [](char c) { return c > 0x20 && c < 0x7F; });
    if (!plain || url->find('#') != std::string::npos)
        body.wrong("/url", "must be an address such as https://example.org/hook, without a fragment");
    else if (const auto why = refusal(*url))
        body.wrong("/url", "nothing can be sent there: " + *why);
    return url;
}

std::optional<std::vector<std::string>> read_types(JsonBody& body)
{
    auto types = body.texts("types", all_event_types().size(), 100);
    if (!types)
        return types;
    for (std::size_t i = 0; i < types->size(); ++i)
        if (!is_event_type((*types)[i]))
            body.wrong("/types/" + std::to_string(i), "is no type of event; the API's description lists them");
    std::ranges::sort(*types);
    types->erase(std::ranges::unique(*types).begin(), types->end());
    return types;
}

std::optional<SigningSecret> read_secret(JsonBody& body)
{
    const auto text = body.text("secret", longest_secret);
    if (!text)
        return std::nullopt;
    auto secret = SigningSecret::parse(*text);
    if (!secret)
        body.wrong("/secret", "must be whsec_ and the base64 of 24 to 64 bytes");
    return secret;
}

std::chrono::seconds read_overlap(JsonBody& body)
{
    const boost::json::value* value = body.value("overlap");
    if (!value)
        return usual_overlap;
    if (!value->is_int64() || value->get_int64() < 0 || value->get_int64() > longest_overlap.count()) {
        body.wrong("/overlap", "must be a whole number of seconds, at most " + std::to_string(longest_overlap.count()));
        return usual_overlap;
    }
    return std::chrono::seconds(value->get_int64());
}

Fault wrong_query(std::string message)
{
    return {FaultKind::invalid, "VT-REQ-007", std::move(message)};
}

} // namespace

WebhooksApi::WebhooksApi(Webhooks& webhooks, WebhookDeliveries& deliveries, Refusal refusal, const Clock& clock)
    : webhooks_(webhooks), deliveries_(deliveries), refusal_(std::move(refusal)), clock_(clock)
{
}

std::vector<Route> WebhooksApi::routes()
{
    // Reading as well: an address may authorise by itself.
    const auto admin = Scope::admin;
    return {
        {Method::get, collection, [this](const Request& r) { return list(r); }, admin},
        {Method::post, collection, [this](const Request& r) { return create(r); }, admin, Body::buffered},
        {Method::get, "/v1/webhooks/{id}", [this](const Request& r) { return show(r); }, admin},
        {Method::patch, "/v1/webhooks/{id}", [this](const Request& r) { return change(r); }, admin, Body::buffered},
        {Method::del, "/v1/webhooks/{id}", [this](const Request& r) { return remove(r); }, admin},
        {Method::get, "/v1/webhooks/{id}/secret", [this](const Request& r) { return secret(r); }, admin},
        {Method::post, "/v1/webhooks/{id}/rotate", [this](const Request& r) { return rotate(r); }, admin,
         Body::buffered},
        {Method::post, "/v1/webhooks/{id}/ping", [this](const Request& r) { return ping(r); }, admin, Body::buffered},
        {Method::get, "/v1/webhooks/{id}/deliveries", [this](const Request& r) { return deliveries(r); }, admin},
        {Method::post, "/v1/webhooks/{id}/replay", [this](const Request& r) { return replay_failed(r); }, admin,
         Body::buffered},
        {Method::get, "/v1/webhook-deliveries/{id}", [this](const Request& r) { return delivery(r); }, admin},
        {Method::post, "/v1/webhook-deliveries/{id}/replay", [this](const Request& r) { return replay(r); }, admin,
         Body::buffered},
    };
}

Task<Response> WebhooksApi::list(const Request&)
{
    const std::vector<Webhook> webhooks = co_await webhooks_.list();
    std::string text;
    JsonWriter json(text);
    json.begin_object().member("data").begin_array();
    for (const Webhook& webhook : webhooks)
        append_webhook(json, webhook);
    json.end_array().member("next_cursor").null().end_object();
    co_return Response(200, "application/json", std::move(text));
}

Task<Response> WebhooksApi::create(const Request& request)
{
    auto body = JsonBody::parse(request);
    if (!body)
        co_return error_response(request, body.error());
    NewWebhook fresh;
    body->require("url");
    fresh.url = read_url(*body, refusal_).value_or("");
    fresh.description = body->text("description", longest_description).value_or("");
    fresh.types = read_types(*body).value_or(std::vector<std::string>{});
    fresh.secret = read_secret(*body);
    if (auto checked = body->check(); !checked)
        co_return error_response(request, checked.error());
    // A request whose answer was lost finds the webhook that it made.
    auto scope = idempotency_scope(request, collection);
    if (!scope)
        co_return error_response(request, scope.error());
    fresh.asked_by = scope->value_or("");
    const auto webhook = co_await webhooks_.create(std::move(fresh));
    if (!webhook)
        co_return error_response(request, webhook.error());
    Response response = webhook_response(201, *webhook);
    response.headers.add("Location", request.base_url + "/v1/webhooks/" + webhook->id.text());
    co_return response;
}

Task<Response> WebhooksApi::show(const Request& request)
{
    const auto id = WebhookId::parse(request.parameter("id"));
    std::optional<Webhook> webhook;
    if (id)
        webhook = co_await webhooks_.find(*id);
    co_return webhook ? webhook_response(200, *webhook) : error_response(request, no_such_webhook());
}

Task<Response> WebhooksApi::change(const Request& request)
{
    auto body = JsonBody::parse(request, "application/merge-patch+json");
    if (!body)
        co_return error_response(request, body.error());
    WebhookChange change;
    change.url = read_url(*body, refusal_);
    change.description = body->text("description", longest_description);
    change.types = read_types(*body);
    if (const auto status = body->text("status", 10)) {
        change.status = *status == "active" ? Webhook::Status::active : Webhook::Status::paused;
        if (*status != name(*change.status))
            body->wrong("/status", "must be active or paused");
    }
    if (auto checked = body->check(); !checked)
        co_return error_response(request, checked.error());
    const auto id = WebhookId::parse(request.parameter("id"));
    std::optional<Webhook> current;
    if (id)
        current = co_await webhooks_.find(*id);
    if (!current)
        co_return error_response(request, no_such_webhook());
    std::optional<std::int64_t> expected;
    if (const auto if_match = request.headers.find("If-Match")) {
        if (!matches_etag(*if_match, etag_of(*current), TagComparison::strong))
            co_return error_response(request, webhook_changed_meanwhile());
        expected = current->version;
    }
    const auto changed = co_await webhooks_.change(*id, std::move(change), expected);
    co_return changed ? webhook_response(200, *changed) : error_response(request, changed.error());
}

Task<Response> WebhooksApi::remove(const Request& request)
{
    const auto id = WebhookId::parse(request.parameter("id"));
    bool removed = false;
    if (id)
        removed = co_await webhooks_.remove(*id);
    co_return removed ? Response(204) : error_response(request, no_such_webhook());
}

// An answer of its own, so that no answer that is kept for its Idempotency-Key holds a secret.
Task<Response> WebhooksApi::secret(const Request& request)
{
    const auto id = WebhookId::parse(request.parameter("id"));
    std::optional<SigningSecrets> secrets;
    bool readable = true;
    try {
        if (id)
            secrets = co_await webhooks_.secrets(*id);
    } catch (const VaultError&) {
        readable = false;
    }
    if (!readable)
        co_return error_response(request, secret_unreadable());
    if (!secrets)
        co_return error_response(request, no_such_webhook());
    std::string text;
    JsonWriter json(text);
    json.begin_object().member("secret", secrets->current.text().reveal());
    json.member("former").begin_array();
    for (const SigningSecrets::Former& former : secrets->former)
        json.begin_object()
            .member("secret", former.secret.text().reveal())
            .member("signs_until", rfc3339(former.signs_until))
            .end_object();
    json.end_array().end_object();
    Response response(200, "application/json", std::move(text));
    response.headers.add("Cache-Control", "no-store");
    co_return response;
}

Task<Response> WebhooksApi::rotate(const Request& request)
{
    auto body = JsonBody::parse(request);
    if (!body)
        co_return error_response(request, body.error());
    const std::chrono::seconds overlap = read_overlap(*body);
    auto secret = read_secret(*body);
    if (auto checked = body->check(); !checked)
        co_return error_response(request, checked.error());
    const auto id = WebhookId::parse(request.parameter("id"));
    if (!id)
        co_return error_response(request, no_such_webhook());
    const auto rotated = co_await webhooks_.rotate(*id, overlap, std::move(secret));
    if (!rotated)
        co_return error_response(request, rotated.error());
    const std::optional<Webhook> webhook = co_await webhooks_.find(*id);
    co_return webhook ? webhook_response(200, *webhook) : error_response(request, no_such_webhook());
}

Task<Response> WebhooksApi::ping(const Request& request)
{
    if (const auto nothing = JsonBody::empty(request); !nothing)
        co_return error_response(request, nothing.error());
    const auto id = WebhookId::parse(request.parameter("id"));
    if (!id)
        co_return error_response(request, no_such_webhook());
    const auto pinged = co_await deliveries_.ping(*id);
    co_return pinged ? delivery_response(202, *pinged) : error_response(request, pinged.error());
}

Task<Response> WebhooksApi::deliveries(const Request& request)
{
    const auto limit = page_limit(request);
    if (!limit)
        co_return error_response(request, limit.error());
    const auto id = WebhookId::parse(request.parameter("id"));
    std::optional<Webhook> webhook;
    if (id)
        webhook = co_await webhooks_.find(*id);
    if (!webhook)
        co_return error_response(request, no_such_webhook());
    DeliveryQuery query{.webhook = *id, .status = {}, .before = {}, .limit = *limit + 1};
    if (const auto text = request.query_value("status")) {
        for (const auto status :
             {WebhookDelivery::Status::pending, WebhookDelivery::Status::delivered, WebhookDelivery::Status::failed})
            if (*text == name(status))
                query.status = status;
        if (!query.status)
            co_return error_response(request, wrong_query("status must be pending, delivered or failed."));
    }
    if (const auto text = request.query_value("cursor")) {
        const auto cursor = parse_cursor(*text, "webhook-deliveries", 1);
        if (!cursor)
            co_return error_response(request, cursor.error());
        const std::string& key = cursor->keys.front();
        std::int64_t before = 0;
        const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), before);
        if (error != std::errc{} || end != key.data() + key.size())
            co_return error_response(request, bad_cursor());
        query.before = before;
    }
    std::vector<WebhookDelivery> found = co_await deliveries_.list(std::move(query));
    const bool more = found.size() > std::size_t(*limit);
    if (more)
        found.pop_back();
    std::string text;
    JsonWriter json(text);
    json.begin_object().member("data").begin_array();
    for (const WebhookDelivery& one : found)
        append_delivery(json, one);
    json.end_array().member("next_cursor");
    if (more)
        json.value(cursor_text({"webhook-deliveries", {std::to_string(found.back().number)}}));
    else
        json.null();
    json.end_object();
    co_return Response(200, "application/json", std::move(text));
}

Task<Response> WebhooksApi::replay_failed(const Request& request)
{
    auto body = JsonBody::parse(request);
    if (!body)
        co_return error_response(request, body.error());
    Instant since{};
    if (const auto text = body->text("since", 50)) {
        const auto time = parse_iso_time(*text);
        if (time)
            since = *time;
        else
            body->wrong("/since", "must be a time such as 2026-03-01T12:00:00Z");
    }
    if (auto checked = body->check(); !checked)
        co_return error_response(request, checked.error());
    const auto id = WebhookId::parse(request.parameter("id"));
    if (!id)
        co_return error_response(request, no_such_webhook());
    const auto replayed = co_await deliveries_.replay_failed(*id, since);
    if (!replayed)
        co_return error_response(request, replayed.error());
    std::string text;
    JsonWriter json(text);
    json.begin_object().member("replayed", replayed->count).member("more", replayed->more).end_object();
    co_return Response(202, "application/json", std::move(text));
}

Task<Response> WebhooksApi::delivery(const Request& request)
{
    const auto id = DeliveryId::parse(request.parameter("id"));
    std::optional<WebhookDelivery> found;
    if (id)
        found = co_await deliveries_.find(*id);
    if (!found)
        co_return error_response(request, no_such_delivery());
    const std::vector<DeliveryAttempt> attempts = co_await deliveries_.attempts(*id);
    std::string text;
    JsonWriter json(text);
    append_delivery(json, *found, &attempts);
    co_return Response(200, "application/json", std::move(text));
}

Task<Response> WebhooksApi::replay(const Request& request)
{
    if (const auto nothing = JsonBody::empty(request); !nothing)
        co_return error_response(request, nothing.error());
    const auto id = DeliveryId::parse(request.parameter("id"));
    if (!id)
        co_return error_response(request, no_such_delivery());
    const auto again = co_await deliveries_.replay(*id);
    co_return again ? delivery_response(202, *again) : error_response(request, again.error());
}

} // namespace vitrina
