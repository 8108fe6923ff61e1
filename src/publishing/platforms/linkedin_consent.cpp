#include "publishing/platforms/linkedin_consent.hpp"

#include "publishing/platforms/linkedin_reply.hpp"
#include "publishing/platforms/post_text.hpp"
#include "publishing/platforms/reply_json.hpp"

#include <algorithm>

namespace vitrina {
namespace {

using namespace std::chrono_literals;

std::optional<std::chrono::seconds> seconds_in(const ReplyJson& json, std::string_view name)
{
    const auto* value = json.find({name});
    const bool usable = value && value->is_int64() && value->get_int64() > 0;
    return usable ? std::optional(std::chrono::seconds(std::min<std::int64_t>(value->get_int64(), 400 * 86'400)))
                  : std::nullopt;
}

bool is_granted(std::string scopes, std::string_view wanted)
{
    std::ranges::replace(scopes, ',', ' ');
    return (" " + scopes + " ").find(" " + std::string(wanted) + " ") != std::string::npos;
}

class LinkedinExchange final : public ConsentExchange {
public:
    LinkedinExchange(const ConsentVisit& visit, std::string code, std::string version)
        : visit_(visit), code_(std::move(code)), version_(std::move(version))
    {
    }

    ConsentStep resume() override
    {
        return linkedin_token_request({{"grant_type", "authorization_code"},
                                       {"code", code_},
                                       {"client_id", visit_.app.client_id},
                                       {"client_secret", visit_.app.client_secret.reveal()},
                                       {"redirect_uri", visit_.redirect_uri}});
    }

    ConsentStep on_reply(const HttpReply& reply) override
    {
        if (!tokens_)
            return on_tokens(reply);
        return granted_.identities.empty() ? on_person(reply) : on_organisations(reply);
    }

private:
    Send ask(std::string what, std::string url) const
    {
        return Send{.what = std::move(what),
                    .method = "GET",
                    .url = std::move(url),
                    .headers = {{"Authorization", "Bearer " + tokens_->access.reveal()}},
                    .credentials = Send::Credentials::none,
                    .answer_within = 30s};
    }

    ConsentStep on_tokens(const HttpReply& reply)
    {
        tokens_ = linkedin_tokens(reply);
        if (!tokens_) {
            const ReplyJson json(reply.body);
            const std::string words = json.text({"error_description"}), error = json.text({"error"});
            if (error.empty() || reply.status >= 500)
                return GrantLater{"LinkedIn answered " + std::to_string(reply.status)};
            return NotGranted{"LinkedIn says: " + (words.empty() ? error : words)};
        }
        for (const char* scope : {"openid", "profile", "w_member_social"})
            if (!is_granted(tokens_->scopes, scope))
                return NotGranted{"the permission " + std::string(scope) + " was left out; it is needed to post"};
        return ask("ask whose account it is", "https://api.linkedin.com/v2/userinfo");
    }

    ConnectedIdentity identity(std::string urn, std::string name) const
    {
        ConnectedIdentity one;
        one.remote_id = std::move(urn);
        one.name = std::move(name);
        one.access_token = tokens_->access;
        one.refresh_token = tokens_->refresh;
        one.expires_in = tokens_->expires_in;
        one.refresh_token_expires_in = tokens_->refresh_expires_in;
        return one;
    }

    ConsentStep on_person(const HttpReply& reply)
    {
        const ReplyJson json(reply.body);
        std::string urn = "urn:li:person:" + json.text({"sub"});
        if (reply.status != 200 || !is_linkedin_urn(urn, "person"))
            return GrantLater{"LinkedIn does not say whose account it is"};
        granted_.identities.push_back(identity(std::move(urn), json.text({"name"})));
        if (!is_granted(tokens_->scopes, "w_organization_social"))
            return granted_;
        Send send =
            ask("ask for the person's organisations",
                "https://api.linkedin.com/rest/organizationAcls?q=roleAssignee&role=ADMINISTRATOR&state=APPROVED");
        send.headers.emplace_back("LinkedIn-Version", version_);
        send.headers.emplace_back("X-Restli-Protocol-Version", "2.0.0");
        return send;
    }

    // What cannot be asked leaves the person, who can be published as all the same.
    ConsentStep on_organisations(const HttpReply& reply)
    {
        const ReplyJson json(reply.body);
        for (std::size_t i = 0; reply.status == 200 && i < json.size({"elements"}); ++i) {
            std::string urn = json.text({"elements", std::to_string(i), "organization"});
            std::string name = "organisation " + urn.substr(urn.rfind(':') + 1);
            if (is_linkedin_urn(urn, "organization"))
                granted_.identities.push_back(identity(std::move(urn), std::move(name)));
        }
        return granted_;
    }

    ConsentVisit visit_;
    std::string code_, version_;
    std::optional<LinkedinTokens> tokens_;
    Granted granted_;
};

} // namespace

std::string LinkedinConsent::page(const ConsentVisit& visit) const
{
    // The page refuses to open for scopes that the app was not given: those of organisations need LinkedIn's approval.
    const std::string of_person = "openid profile w_member_social";
    const std::string of_organisations = " w_organization_social r_organization_social rw_organization_admin";
    return "https://www.linkedin.com/oauth/v2/authorization?" +
           form_body({{"response_type", "code"},
                      {"client_id", visit.app.client_id},
                      {"redirect_uri", visit.redirect_uri},
                      {"state", visit.state},
                      {"scope", of_person + (organisations_ ? of_organisations : "")}});
}

std::unique_ptr<ConsentExchange> LinkedinConsent::exchange(const ConsentVisit& visit, std::string code) const
{
    return std::make_unique<LinkedinExchange>(visit, std::move(code), version_);
}

std::optional<LinkedinTokens> linkedin_tokens(const HttpReply& reply)
{
    const ReplyJson json(reply.body);
    std::string access = json.text({"access_token"});
    if (reply.status != 200 || access.empty())
        return std::nullopt;
    return LinkedinTokens{Secret(std::move(access)), Secret(json.text({"refresh_token"})), json.text({"scope"}),
                          seconds_in(json, "expires_in"), seconds_in(json, "refresh_token_expires_in")};
}

Send linkedin_token_request(HttpFields form)
{
    return Send{.what = "ask for tokens",
                .method = "POST",
                .url = "https://www.linkedin.com/oauth/v2/accessToken",
                .headers = {{"Content-Type", "application/x-www-form-urlencoded"}},
                .before = form_body(form),
                .credentials = Send::Credentials::none,
                .answer_within = 30s};
}

} // namespace vitrina
