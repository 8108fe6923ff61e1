#include "publishing/platforms/code_grant.hpp"

#include "core/base64url.hpp"
#include "core/digest.hpp"
#include "publishing/platforms/post_text.hpp"
#include "publishing/platforms/reply_json.hpp"

#include <algorithm>

namespace vitrina {
namespace {

using namespace std::chrono_literals;

// What somebody claims to last for longer than a year is asked about again all the same.
std::optional<std::chrono::seconds> seconds_in(const ReplyJson& json, std::string_view name)
{
    const auto* value = json.find({name});
    const bool usable = value && value->is_int64() && value->get_int64() > 0;
    return usable ? std::optional(std::chrono::seconds(std::min<std::int64_t>(value->get_int64(), 400 * 86'400)))
                  : std::nullopt;
}

} // namespace

std::string code_challenge(const std::string& verifier)
{
    const auto digest = sha256(verifier);
    return to_base64url({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

bool has_scope(std::string_view scopes, std::string_view wanted)
{
    while (!scopes.empty()) {
        const std::string_view scope = scopes.substr(0, scopes.find_first_of(" ,"));
        scopes.remove_prefix(std::min(scope.size() + 1, scopes.size()));
        if (scope == wanted)
            return true;
    }
    return false;
}

Send token_request(std::string url, const HttpFields& form)
{
    return Send{.what = "ask for tokens",
                .method = "POST",
                .url = std::move(url),
                .headers = {{"Content-Type", "application/x-www-form-urlencoded"}},
                .before = form_body(form),
                .credentials = Send::Credentials::none,
                .answer_within = 30s};
}

std::optional<CodeTokens> code_tokens(const HttpReply& reply)
{
    const ReplyJson json(reply.body);
    std::string access = json.text({"access_token"});
    if (reply.status != 200 || access.empty())
        return std::nullopt;
    return CodeTokens{Secret(std::move(access)), Secret(json.text({"refresh_token"})), json.text({"scope"}),
                      seconds_in(json, "expires_in"), seconds_in(json, "refresh_token_expires_in")};
}

ConsentStep no_tokens(std::string_view network, const HttpReply& reply)
{
    const ReplyJson json(reply.body);
    const std::string words = json.text({"error_description"}), error = json.text({"error"});
    if (error.empty() || reply.status >= 500)
        return GrantLater{std::string(network) + " answered " + std::to_string(reply.status)};
    return NotGranted{std::string(network) + " says: " + (words.empty() ? error : words)};
}

} // namespace vitrina
