#include "publishing/platforms/x_consent.hpp"

#include "core/base64.hpp"
#include "core/base64url.hpp"
#include "core/digest.hpp"
#include "publishing/platforms/post_text.hpp"
#include "publishing/platforms/reply_json.hpp"
#include "publishing/platforms/x_reply.hpp"

#include <algorithm>
#include <array>

namespace vitrina {
namespace {

using namespace std::chrono_literals;

struct Permission {
    std::string_view scope, what_for;
};
constexpr std::array permissions{
    Permission{"tweet.read", "to find out what became of a post"}, Permission{"tweet.write", "to post"},
    Permission{"users.read", "to see whose account it is"}, Permission{"media.write", "to upload videos"},
    Permission{"offline.access", "to publish while nobody is there"}};

bool is_granted(std::string_view scopes, std::string_view wanted)
{
    const std::string padded = " " + std::string(scopes) + " ";
    return padded.find(" " + std::string(wanted) + " ") != padded.npos;
}

std::string challenge(const std::string& verifier)
{
    const auto digest = sha256(verifier);
    return to_base64url({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

class XExchange final : public ConsentExchange {
public:
    XExchange(const ConsentVisit& visit, std::string code) : visit_(visit), code_(std::move(code)) {}

    ConsentStep resume() override
    {
        return x_token_request(visit_.app, {{"grant_type", "authorization_code"},
                                            {"code", code_},
                                            {"redirect_uri", visit_.redirect_uri},
                                            {"code_verifier", visit_.verifier}});
    }

    ConsentStep on_reply(const HttpReply& reply) override { return tokens_ ? on_person(reply) : on_tokens(reply); }

private:
    ConsentStep on_tokens(const HttpReply& reply)
    {
        tokens_ = x_tokens(reply);
        if (!tokens_) {
            const ReplyJson json(reply.body);
            const std::string words = json.text({"error_description"}), error = json.text({"error"});
            if (error.empty() || reply.status >= 500)
                return GrantLater{"X answered " + std::to_string(reply.status)};
            return NotGranted{"X says: " + (words.empty() ? error : words)};
        }
        for (const Permission& permission : permissions)
            if (!is_granted(tokens_->scopes, permission.scope))
                return NotGranted{"the permission " + std::string(permission.scope) + " was left out; it is needed " +
                                  std::string(permission.what_for)};
        return Send{.what = "ask whose account it is",
                    .method = "GET",
                    .url = "https://api.x.com/2/users/me",
                    .headers = {{"Authorization", "Bearer " + tokens_->access.reveal()}},
                    .credentials = Send::Credentials::none,
                    .answer_within = 30s};
    }

    ConsentStep on_person(const HttpReply& reply)
    {
        const ReplyJson json(reply.body);
        ConnectedIdentity person;
        person.remote_id = json.text({"data", "id"});
        if (!is_x_ok(reply) || person.remote_id.empty())
            return GrantLater{"X does not say whose account it is"};
        person.name = json.text({"data", "username"});
        person.access_token = tokens_->access;
        person.refresh_token = tokens_->refresh;
        person.expires_in = tokens_->expires_in;
        return Granted{{std::move(person)}};
    }

    ConsentVisit visit_;
    std::string code_;
    std::optional<XTokens> tokens_;
};

} // namespace

std::string XConsent::page(const ConsentVisit& visit) const
{
    std::string scopes;
    for (const Permission& permission : permissions)
        scopes += (scopes.empty() ? "" : " ") + std::string(permission.scope);
    return "https://x.com/i/oauth2/authorize?" + form_body({{"response_type", "code"},
                                                            {"client_id", visit.app.client_id},
                                                            {"redirect_uri", visit.redirect_uri},
                                                            {"scope", scopes},
                                                            {"state", visit.state},
                                                            {"code_challenge", challenge(visit.verifier)},
                                                            {"code_challenge_method", "S256"}});
}

std::unique_ptr<ConsentExchange> XConsent::exchange(const ConsentVisit& visit, std::string code) const
{
    return std::make_unique<XExchange>(visit, std::move(code));
}

Send x_token_request(const AppCredentials& app, HttpFields form)
{
    HttpFields headers{{"Content-Type", "application/x-www-form-urlencoded"}};
    if (app.client_secret.empty())
        form.emplace_back("client_id", app.client_id);
    else
        headers.emplace_back("Authorization", "Basic " + to_base64(url_escape(app.client_id) + ":" +
                                                                   url_escape(app.client_secret.reveal())));
    return Send{.what = "ask for tokens",
                .method = "POST",
                .url = "https://api.x.com/2/oauth2/token",
                .headers = std::move(headers),
                .before = form_body(form),
                .credentials = Send::Credentials::none,
                .answer_within = 30s};
}

std::optional<XTokens> x_tokens(const HttpReply& reply)
{
    const ReplyJson json(reply.body);
    std::string access = json.text({"access_token"});
    if (reply.status != 200 || access.empty())
        return std::nullopt;
    XTokens tokens{Secret(std::move(access)), Secret(json.text({"refresh_token"})), json.text({"scope"}), std::nullopt};
    if (const auto* seconds = json.find({"expires_in"}); seconds && seconds->is_int64() && seconds->get_int64() > 0)
        tokens.expires_in = std::chrono::seconds(std::min<std::int64_t>(seconds->get_int64(), 365 * 86'400));
    return tokens;
}

} // namespace vitrina
