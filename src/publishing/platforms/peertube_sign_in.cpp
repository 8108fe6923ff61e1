#include "publishing/platforms/peertube_sign_in.hpp"

#include "publishing/platforms/peertube_reply.hpp"
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
    return usable ? std::optional(std::chrono::seconds(std::min<std::int64_t>(value->get_int64(), 365 * 86'400)))
                  : std::nullopt;
}

class PeertubeSignIn final : public ConsentExchange {
public:
    explicit PeertubeSignIn(SignIn sign_in) : sign_in_(std::move(sign_in)) {}

    ConsentStep resume() override { return ask("ask for the server's client", "/api/v1/oauth-clients/local"); }

    ConsentStep on_reply(const HttpReply& reply) override
    {
        if (app_.client_id.empty())
            return on_client(reply);
        return tokens_ ? on_channels(reply) : on_tokens(reply);
    }

private:
    Send ask(std::string what, std::string path) const
    {
        return Send{.what = std::move(what),
                    .method = "GET",
                    .url = sign_in_.base_url + std::move(path),
                    .credentials = Send::Credentials::none,
                    .answer_within = 30s};
    }

    ConsentStep on_client(const HttpReply& reply)
    {
        const ReplyJson json(reply.body);
        app_ = {json.text({"client_id"}), Secret(json.text({"client_secret"}))};
        if (reply.status != 200 || app_.client_id.empty() || app_.client_secret.empty())
            return GrantLater{"this server does not answer as PeerTube does"};
        Send send{.what = "sign in",
                  .method = "POST",
                  .url = sign_in_.base_url + "/api/v1/users/token",
                  .headers = {{"Content-Type", "application/x-www-form-urlencoded"}},
                  .before = form_body({{"client_id", app_.client_id},
                                       {"client_secret", app_.client_secret.reveal()},
                                       {"grant_type", "password"},
                                       {"response_type", "code"},
                                       {"username", sign_in_.name},
                                       {"password", sign_in_.password.reveal()}}),
                  .credentials = Send::Credentials::none,
                  .answer_within = 30s};
        if (!sign_in_.one_time_code.empty())
            send.headers.emplace_back("x-peertube-otp", sign_in_.one_time_code);
        return send;
    }

    ConsentStep on_tokens(const HttpReply& reply)
    {
        tokens_ = peertube_tokens(reply);
        if (!tokens_) {
            const auto [code, words] = peertube_error(reply);
            if (code == "missing_two_factor")
                return NotGranted{"the account asks for a second factor: give its one-time code as well"};
            if (code == "invalid_two_factor")
                return NotGranted{"the one-time code is not taken; it changes every half minute"};
            if (code == "invalid_grant")
                return NotGranted{"the server does not take this name and password"};
            return GrantLater{words.empty() ? "the server answered " + std::to_string(reply.status) : words};
        }
        Send send = ask("ask for the person's channels", "/api/v1/users/me");
        send.headers = {{"Authorization", "Bearer " + tokens_->access.reveal()}};
        return send;
    }

    ConsentStep on_channels(const HttpReply& reply)
    {
        if (reply.status != 200)
            return GrantLater{"the server does not say whose account it is"};
        Granted granted;
        for (PeertubeChannel& channel : peertube_channels(reply)) {
            ConnectedIdentity identity;
            identity.remote_id = std::move(channel.id);
            identity.name = std::move(channel.name);
            identity.access_token = tokens_->access;
            identity.refresh_token = tokens_->refresh;
            identity.expires_in = tokens_->expires_in;
            identity.refresh_token_expires_in = tokens_->refresh_expires_in;
            identity.app = app_;
            granted.identities.push_back(std::move(identity));
        }
        if (granted.identities.empty())
            return NotGranted{"the account has no channel: make one on the server first"};
        return granted;
    }

    SignIn sign_in_;
    AppCredentials app_;
    std::optional<PeertubeTokens> tokens_;
};

} // namespace

std::unique_ptr<ConsentExchange> make_peertube_sign_in(const SignIn& sign_in)
{
    return std::make_unique<PeertubeSignIn>(sign_in);
}

std::optional<PeertubeTokens> peertube_tokens(const HttpReply& reply)
{
    const ReplyJson json(reply.body);
    std::string access = json.text({"access_token"});
    if (reply.status != 200 || access.empty())
        return std::nullopt;
    return PeertubeTokens{Secret(std::move(access)), Secret(json.text({"refresh_token"})),
                          seconds_in(json, "expires_in"), seconds_in(json, "refresh_token_expires_in")};
}

} // namespace vitrina
