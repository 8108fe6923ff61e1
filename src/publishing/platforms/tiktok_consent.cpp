#include "publishing/platforms/tiktok_consent.hpp"

#include "core/digest.hpp"
#include "publishing/platforms/post_text.hpp"
#include "publishing/platforms/tiktok_reply.hpp"

#include <algorithm>
#include <array>

namespace vitrina {
namespace {

using namespace std::chrono_literals;

struct Permission {
    std::string_view scope, what_for;
};
constexpr std::array permissions{Permission{"user.info.basic", "to see whose account it is"},
                                 Permission{"video.publish", "to post"},
                                 Permission{"video.upload", "to put drafts into the inbox"}};

// TikTok wants PKCE of desktop apps, whose redirect address is on the person's own machine, and of no others.
bool is_desktop(const ConsentVisit& visit)
{
    const std::string& uri = visit.redirect_uri;
    return uri.starts_with("http://127.0.0.1") || uri.starts_with("http://localhost");
}

bool is_granted(std::string_view scopes, std::string_view wanted)
{
    while (!scopes.empty()) {
        const std::string_view scope = scopes.substr(0, scopes.find(','));
        scopes.remove_prefix(std::min(scope.size() + 1, scopes.size()));
        if (scope == wanted)
            return true;
    }
    return false;
}

class TiktokExchange final : public ConsentExchange {
public:
    TiktokExchange(const ConsentVisit& visit, std::string code, const std::string& version)
        : visit_(visit), code_(std::move(code)), api_("https://open.tiktokapis.com/" + version + "/")
    {
    }

    ConsentStep resume() override
    {
        HttpFields form{{"client_key", visit_.app.client_id},
                        {"client_secret", visit_.app.client_secret.reveal()},
                        {"code", code_},
                        {"grant_type", "authorization_code"},
                        {"redirect_uri", visit_.redirect_uri}};
        if (is_desktop(visit_))
            form.emplace_back("code_verifier", visit_.verifier);
        return Send{.what = "exchange the code",
                    .method = "POST",
                    .url = api_ + "oauth/token/",
                    .headers = {{"Content-Type", "application/x-www-form-urlencoded"}},
                    .before = form_body(form),
                    .credentials = Send::Credentials::none,
                    .answer_within = 30s};
    }

    ConsentStep on_reply(const HttpReply& reply) override { return tokens_ ? on_person(reply) : on_tokens(reply); }

private:
    ConsentStep on_tokens(const HttpReply& reply)
    {
        tokens_ = tiktok_tokens(reply);
        if (!tokens_) {
            const ReplyJson json(reply.body);
            const std::string words = json.text({"error_description"}), error = json.text({"error"});
            if (error.empty() || reply.status >= 500)
                return GrantLater{"TikTok answered " + std::to_string(reply.status)};
            return NotGranted{"TikTok says: " + (words.empty() ? error : words)};
        }
        for (const Permission& permission : permissions)
            if (!is_granted(tokens_->scopes, permission.scope))
                return NotGranted{"the permission " + std::string(permission.scope) + " was left out; it is needed " +
                                  std::string(permission.what_for)};
        if (tokens_->open_id.empty())
            return NotGranted{"TikTok does not say whose account it is"};
        return Send{.what = "ask whose account it is",
                    .method = "GET",
                    .url = api_ + "user/info/?fields=open_id,display_name",
                    .headers = {{"Authorization", "Bearer " + tokens_->access.reveal()}},
                    .credentials = Send::Credentials::none,
                    .answer_within = 30s};
    }

    ConsentStep on_person(const HttpReply& reply)
    {
        if (!is_tiktok_ok(reply))
            return GrantLater{"TikTok does not say whose account it is"};
        ConnectedIdentity person;
        person.remote_id = tokens_->open_id;
        person.name = ReplyJson(reply.body).text({"data", "user", "display_name"});
        person.access_token = tokens_->access;
        person.refresh_token = tokens_->refresh;
        person.expires_in = tokens_->expires_in;
        person.refresh_token_expires_in = tokens_->refresh_expires_in;
        return Granted{{std::move(person)}};
    }

    ConsentVisit visit_;
    std::string code_, api_;
    std::optional<TiktokTokens> tokens_;
};

} // namespace

std::string TiktokConsent::page(const ConsentVisit& visit) const
{
    std::string scopes;
    for (const Permission& permission : permissions)
        scopes += (scopes.empty() ? "" : ",") + std::string(permission.scope);
    HttpFields query{{"client_key", visit.app.client_id},
                     {"scope", scopes},
                     {"response_type", "code"},
                     {"redirect_uri", visit.redirect_uri},
                     {"state", visit.state}};
    if (is_desktop(visit)) {
        query.emplace_back("code_challenge", sha256_hex(visit.verifier)); // in hex, unlike everybody else's
        query.emplace_back("code_challenge_method", "S256");
    }
    return "https://www.tiktok.com/" + version_ + "/auth/authorize/?" + form_body(query);
}

std::unique_ptr<ConsentExchange> TiktokConsent::exchange(const ConsentVisit& visit, std::string code) const
{
    return std::make_unique<TiktokExchange>(visit, std::move(code), version_);
}

} // namespace vitrina
