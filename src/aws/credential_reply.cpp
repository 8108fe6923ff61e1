#include "aws/credential_reply.hpp"

#include "aws/xml_walk.hpp"
#include "http/grammar.hpp"

#include <algorithm>
#include <boost/json.hpp>

namespace vitrina {
namespace {

namespace json = boost::json;

std::string text_of(const json::object& object, std::string_view name)
{
    const auto* found = object.if_contains(name);
    return found && found->is_string() ? std::string(found->get_string()) : std::string();
}

std::optional<json::object> parsed(std::string_view text)
{
    boost::system::error_code bad;
    json::value value = json::parse(text, bad);
    if (bad || !value.is_object())
        return std::nullopt;
    return std::move(value.get_object());
}

std::optional<AwsCredentials> made_of(std::string access_key, std::string secret_key, std::string token,
                                      const std::string& expires)
{
    AwsCredentials made{std::move(access_key), Secret(std::move(secret_key)), Secret(std::move(token)), {}};
    if (!expires.empty()) {
        made.expires = parse_iso_time(expires);
        if (!made.expires)
            return std::nullopt;
    }
    return is_sound(made) ? std::optional(std::move(made)) : std::nullopt;
}

// It goes into messages.
std::string code_or_nothing(std::string code)
{
    const bool plain = code.size() <= 64 && std::ranges::all_of(code, grammar::is_unreserved);
    return plain ? std::move(code) : std::string();
}

bool is(std::span<const std::string_view> path, std::initializer_list<std::string_view> names)
{
    return std::ranges::equal(path, names);
}

} // namespace

bool is_sound(const AwsCredentials& credentials)
{
    const auto visible = [](char c) { return c > ' ' && c < 0x7f; };
    const std::string& id = credentials.access_key;
    const std::string &secret = credentials.secret_key.reveal(), &token = credentials.session_token.reveal();
    return !id.empty() && !secret.empty() && id.size() <= 1024 && secret.size() <= 1024 && token.size() <= 16384 &&
           std::ranges::all_of(id, visible) && id.find_first_of("/,=") == id.npos &&
           std::ranges::all_of(secret, visible) && std::ranges::all_of(token, visible);
}

std::optional<AwsCredentials> parse_credential_reply(std::string_view text)
{
    const auto object = parsed(text);
    if (!object)
        return std::nullopt;
    return made_of(text_of(*object, "AccessKeyId"), text_of(*object, "SecretAccessKey"), text_of(*object, "Token"),
                   text_of(*object, "Expiration"));
}

std::string parse_credential_error(std::string_view text)
{
    const auto object = parsed(text);
    if (!object)
        return {};
    std::string code = text_of(*object, "Code");
    return code_or_nothing(code.empty() ? text_of(*object, "code") : std::move(code));
}

std::optional<AwsCredentials> parse_sts_credentials(std::string_view xml)
{
    std::string id, secret, token, expires;
    const auto element_end = [&](std::span<const std::string_view> path, const std::string& text) {
        for (const auto& [name, field] : {std::pair("AccessKeyId", &id), std::pair("SecretAccessKey", &secret),
                                          std::pair("SessionToken", &token), std::pair("Expiration", &expires)}) {
            if (!is(path,
                    {"AssumeRoleWithWebIdentityResponse", "AssumeRoleWithWebIdentityResult", "Credentials", name}))
                continue;
            if (!field->empty())
                return false; // twice: it could mean either
            *field = text;
        }
        return true;
    };
    if (!walk_xml(xml, element_end))
        return std::nullopt;
    return made_of(std::move(id), std::move(secret), std::move(token), expires);
}

std::string parse_sts_error(std::string_view xml)
{
    std::string code;
    const auto element_end = [&](std::span<const std::string_view> path, const std::string& text) {
        if (is(path, {"ErrorResponse", "Error", "Code"}))
            code = text;
        return true;
    };
    return walk_xml(xml, element_end) ? code_or_nothing(std::move(code)) : std::string();
}

} // namespace vitrina
