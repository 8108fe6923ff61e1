#include "api/v1/platforms.hpp"

#include "api/json_writer.hpp"

#include <string_view>

namespace vitrina {
namespace {

std::string_view unit_word(TextUnit unit)
{
    switch (unit) {
    case TextUnit::bytes: return "bytes";
    case TextUnit::utf16_units: return "utf16_units";
    case TextUnit::weighted: return "weighted";
    case TextUnit::characters: break;
    }
    return "characters";
}

std::string_view kind_word(OptionRule::Kind kind)
{
    switch (kind) {
    case OptionRule::Kind::flag: return "boolean";
    case OptionRule::Kind::number: return "integer";
    case OptionRule::Kind::texts: return "texts";
    case OptionRule::Kind::text: break;
    }
    return "text";
}

// 0 is no limit.
template <class Number>
void append_limit(JsonWriter& json, std::string_view name, Number limit)
{
    json.member(name);
    if (limit > 0)
        json.value(limit);
    else
        json.null();
}

// null where the network has no such field.
void append_text(JsonWriter& json, std::string_view name, const TextRule& rule)
{
    json.member(name);
    if (rule.most == 0) {
        json.null();
        return;
    }
    json.begin_object().member("min", rule.least).member("max", rule.most).member("unit", unit_word(rule.unit));
    json.member("without", rule.without).end_object();
}

void append_texts(JsonWriter& json, std::string_view name, const std::vector<std::string_view>& texts)
{
    json.member(name).begin_array();
    for (const std::string_view text : texts)
        json.value(text);
    json.end_array();
}

void append_option(JsonWriter& json, const OptionRule& rule)
{
    json.begin_object().member("name", rule.name).member("type", kind_word(rule.kind));
    json.member("required", rule.required).member("default");
    if (rule.fallback.empty())
        json.null();
    else if (rule.kind == OptionRule::Kind::text)
        json.value(rule.fallback);
    else
        json.raw(rule.fallback);
    append_texts(json, "choices", rule.choices);
    append_text(json, "length", rule.length);
    json.end_object();
}

void append_tags(JsonWriter& json, const TagRules& rules)
{
    json.member("tags").begin_object();
    append_limit(json, "max", rules.most);
    append_limit(json, "min_length", rules.shortest);
    append_limit(json, "max_length", rules.longest);
    json.member("without", rules.without).end_object();
}

void append_media(JsonWriter& json, const MediaRules& rules)
{
    json.member("media").begin_object();
    append_limit(json, "min_size", rules.smallest);
    append_limit(json, "max_size", rules.largest);
    append_limit(json, "min_duration", std::chrono::duration<double>(rules.shortest).count());
    append_limit(json, "max_duration", std::chrono::duration<double>(rules.longest).count());
    append_limit(json, "min_width", rules.narrowest);
    append_limit(json, "max_width", rules.widest);
    append_limit(json, "min_height", rules.lowest);
    append_limit(json, "max_height", rules.highest);
    append_limit(json, "min_frame_rate", rules.slowest);
    append_limit(json, "max_frame_rate", rules.fastest);
    append_limit(json, "min_aspect_ratio", rules.tallest);
    append_limit(json, "max_aspect_ratio", rules.broadest);
    append_texts(json, "content_types", rules.types);
    json.end_object();
}

// The ways in which a person can connect an account, and whether the operator has yet to register an app.
void append_connect(JsonWriter& json, const Platform& platform, const ConsentVisits& visits)
{
    const bool signs_in = platform.sign_in(SignIn{}) != nullptr;
    json.member("connect").begin_object().member("consent_page", platform.consent() != nullptr);
    json.member("sign_in", signs_in).member("app_missing", platform.consent() && !visits.has_app_for(platform));
    const std::string server = visits.server_to_suggest(platform);
    json.member("server");
    server.empty() ? json.null() : json.value(server);
    json.member("demands").begin_array();
    for (const Platform::Demand& demand : platform.demands())
        json.begin_object().member("en", demand.english).member("es", demand.spanish).end_object();
    json.end_array().end_object();
}

void append_platform(JsonWriter& json, const Platform& platform, const ConsentVisits& visits)
{
    const PlatformRules& rules = platform.rules();
    json.begin_object().member("name", platform.name()).member("title", platform.title());
    json.member("has_servers", platform.has_servers()).member("how_to_connect", platform.how_to_connect());
    append_connect(json, platform, visits);
    json.member("texts").begin_object();
    append_text(json, "title", rules.title);
    append_text(json, "description", rules.description);
    append_text(json, "text", rules.text);
    json.end_object();
    append_tags(json, rules.tags);
    append_media(json, rules.media);
    json.member("options").begin_array();
    for (const OptionRule& rule : rules.options)
        append_option(json, rule);
    json.end_array();
    json.member("post").begin_object().member("looked_at", rules.post.looked_at);
    append_texts(json, "editable", rules.post.editable);
    json.end_object().end_object();
}

} // namespace

PlatformsApi::PlatformsApi(const Platforms& platforms, const ConsentVisits& visits)
{
    JsonWriter json(answer_);
    json.begin_object().member("data").begin_array();
    for (const auto& platform : platforms)
        append_platform(json, *platform, visits);
    json.end_array().member("next_cursor").null().end_object();
}

std::vector<Route> PlatformsApi::routes()
{
    return {{Method::get, "/v1/platforms", [this](const Request& r) { return list(r); }, Scope::read}};
}

Task<Response> PlatformsApi::list(const Request&)
{
    co_return Response(200, "application/json", answer_);
}

} // namespace vitrina
