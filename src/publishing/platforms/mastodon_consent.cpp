#include "publishing/platforms/mastodon_consent.hpp"

#include "publishing/platforms/code_grant.hpp"
#include "publishing/platforms/mastodon_reply.hpp"
#include "publishing/platforms/post_text.hpp"

#include <array>

namespace vitrina {
namespace {

using namespace std::chrono_literals;

struct Permission {
    std::string_view scope, wider, what_for;
};
// "profile" would do in place of read:accounts, and servers of before 4.3 refuse the whole app for it.
constexpr std::array permissions{Permission{"read:accounts", "read", "to see whose account it is"},
                                 Permission{"read:statuses", "read", "to find out what became of a post"},
                                 Permission{"write:media", "write", "to upload videos"},
                                 Permission{"write:statuses", "write", "to post"}};

std::string all_scopes()
{
    std::string scopes;
    for (const Permission& permission : permissions)
        scopes += (scopes.empty() ? "" : " ") + std::string(permission.scope);
    return scopes;
}

class MastodonExchange final : public ConsentExchange {
public:
    MastodonExchange(const ConsentVisit& visit, std::string code) : visit_(visit), code_(std::move(code)) {}

    ConsentStep resume() override
    {
        return token_request(visit_.base_url + "/oauth/token", {{"grant_type", "authorization_code"},
                                                                {"code", code_},
                                                                {"client_id", visit_.app.client_id},
                                                                {"client_secret", visit_.app.client_secret.reveal()},
                                                                {"redirect_uri", visit_.redirect_uri},
                                                                {"code_verifier", visit_.verifier}});
    }

    ConsentStep on_reply(const HttpReply& reply) override { return tokens_ ? on_person(reply) : on_tokens(reply); }

private:
    ConsentStep on_tokens(const HttpReply& reply)
    {
        tokens_ = code_tokens(reply);
        if (!tokens_)
            return no_tokens("the server", reply);
        // Servers that only speak as Mastodon does may not say what they granted: then the posts will show it.
        for (const Permission& permission : permissions)
            if (!tokens_->scopes.empty() && !has_scope(tokens_->scopes, permission.scope) &&
                !has_scope(tokens_->scopes, permission.wider))
                return NotGranted{"the permission " + std::string(permission.scope) + " was left out; it is needed " +
                                  std::string(permission.what_for)};
        return Send{.what = "ask whose account it is",
                    .method = "GET",
                    .url = visit_.base_url + "/api/v1/accounts/verify_credentials",
                    .headers = {{"Authorization", "Bearer " + tokens_->access.reveal()}},
                    .credentials = Send::Credentials::none,
                    .answer_within = 30s};
    }

    ConsentStep on_person(const HttpReply& reply)
    {
        const ReplyJson json(reply.body);
        ConnectedIdentity person;
        person.remote_id = json.text({"id"});
        if (reply.status != 200 || person.remote_id.empty())
            return GrantLater{"the server does not say whose account it is"};
        person.name = "@" + json.text({"username"});
        person.access_token = tokens_->access;
        person.refresh_token = tokens_->refresh;
        person.expires_in = tokens_->expires_in;
        return Granted{{std::move(person)}};
    }

    ConsentVisit visit_;
    std::string code_;
    std::optional<CodeTokens> tokens_;
};

} // namespace

std::string MastodonConsent::page(const ConsentVisit& visit) const
{
    // Servers of before 4.3 take no notice of the challenge.
    return visit.base_url + "/oauth/authorize?" +
           form_body({{"response_type", "code"},
                      {"client_id", visit.app.client_id},
                      {"redirect_uri", visit.redirect_uri},
                      {"scope", all_scopes()},
                      {"state", visit.state},
                      {"code_challenge", code_challenge(visit.verifier)},
                      {"code_challenge_method", "S256"}});
}

std::unique_ptr<ConsentExchange> MastodonConsent::exchange(const ConsentVisit& visit, std::string code) const
{
    return std::make_unique<MastodonExchange>(visit, std::move(code));
}

std::optional<Send> MastodonConsent::register_app(const std::string& base_url, const std::string& redirect_uri) const
{
    return Send{.what = "register with the server",
                .method = "POST",
                .url = base_url + "/api/v1/apps",
                .headers = {{"Content-Type", "application/x-www-form-urlencoded"}},
                .before =
                    form_body({{"client_name", "Vitrina"}, {"redirect_uris", redirect_uri}, {"scopes", all_scopes()}}),
                .credentials = Send::Credentials::none,
                .answer_within = 30s};
}

std::optional<AppCredentials> MastodonConsent::on_registered(const HttpReply& reply) const
{
    const ReplyJson json(reply.body);
    AppCredentials app{json.text({"client_id"}), Secret(json.text({"client_secret"}))};
    const bool is_one = reply.status == 200 && !app.client_id.empty() && !app.client_secret.empty();
    return is_one ? std::optional(std::move(app)) : std::nullopt;
}

} // namespace vitrina
