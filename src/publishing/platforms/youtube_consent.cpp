#include "publishing/platforms/youtube_consent.hpp"

#include "publishing/platforms/code_grant.hpp"
#include "publishing/platforms/post_text.hpp"
#include "publishing/platforms/youtube_reply.hpp"

#include <array>

namespace vitrina {
namespace {

using namespace std::chrono_literals;

const std::string prefix = "https://www.googleapis.com/auth/";

struct Permission {
    std::string_view scope, what_for;
};
// People can untick each by itself. "youtube.readonly" is asked for as well, and can be done without.
constexpr std::array permissions{
    Permission{"youtube.upload", "to upload videos"},
    Permission{"youtube.force-ssl", "to see what became of a video, to change it and to take it back"}};

class YoutubeExchange final : public ConsentExchange {
public:
    YoutubeExchange(const ConsentVisit& visit, std::string code) : visit_(visit), code_(std::move(code)) {}

    ConsentStep resume() override
    {
        return token_request("https://oauth2.googleapis.com/token",
                             {{"grant_type", "authorization_code"},
                              {"code", code_},
                              {"client_id", visit_.app.client_id},
                              {"client_secret", visit_.app.client_secret.reveal()},
                              {"redirect_uri", visit_.redirect_uri},
                              {"code_verifier", visit_.verifier}});
    }

    ConsentStep on_reply(const HttpReply& reply) override { return tokens_ ? on_channels(reply) : on_tokens(reply); }

private:
    ConsentStep on_tokens(const HttpReply& reply)
    {
        tokens_ = code_tokens(reply);
        if (!tokens_)
            return no_tokens("Google", reply);
        for (const Permission& permission : permissions)
            if (!has_scope(tokens_->scopes, prefix + std::string(permission.scope)))
                return NotGranted{"the permission " + std::string(permission.scope) + " was left out; it is needed " +
                                  std::string(permission.what_for)};
        return Send{.what = "ask for the channel",
                    .method = "GET",
                    .url = "https://www.googleapis.com/youtube/v3/channels?part=snippet&mine=true",
                    .headers = {{"Authorization", "Bearer " + tokens_->access.reveal()}},
                    .credentials = Send::Credentials::none,
                    .answer_within = 30s};
    }

    ConsentStep on_channels(const HttpReply& reply)
    {
        const ReplyJson json(reply.body);
        if (reply.status != 200) {
            const std::string words = youtube_error(reply).message;
            return GrantLater{words.empty() ? "YouTube answered " + std::to_string(reply.status)
                                            : "YouTube says: " + words};
        }
        Granted granted;
        for (std::size_t i = 0; i < json.size({"items"}); ++i) {
            ConnectedIdentity channel;
            channel.remote_id = json.text({"items", std::to_string(i), "id"});
            channel.name = json.text({"items", std::to_string(i), "snippet", "title"});
            channel.access_token = tokens_->access;
            channel.refresh_token = tokens_->refresh;
            channel.expires_in = tokens_->expires_in;
            // Of a consent screen that is being tested: a week.
            channel.refresh_token_expires_in = tokens_->refresh_expires_in;
            if (!channel.remote_id.empty())
                granted.identities.push_back(std::move(channel));
        }
        if (granted.identities.empty())
            return NotGranted{"this Google account has no YouTube channel: make one on YouTube first"};
        return granted;
    }

    ConsentVisit visit_;
    std::string code_;
    std::optional<CodeTokens> tokens_;
};

} // namespace

std::string YoutubeConsent::page(const ConsentVisit& visit) const
{
    // Without access_type and prompt the second consent of a person gives no refresh token.
    return "https://accounts.google.com/o/oauth2/v2/auth?" +
           form_body(
               {{"client_id", visit.app.client_id},
                {"redirect_uri", visit.redirect_uri},
                {"response_type", "code"},
                {"scope", prefix + "youtube.upload " + prefix + "youtube.force-ssl " + prefix + "youtube.readonly"},
                {"state", visit.state},
                {"access_type", "offline"},
                {"prompt", "consent"},
                {"include_granted_scopes", "true"},
                {"code_challenge", code_challenge(visit.verifier)},
                {"code_challenge_method", "S256"}});
}

std::unique_ptr<ConsentExchange> YoutubeConsent::exchange(const ConsentVisit& visit, std::string code) const
{
    return std::make_unique<YoutubeExchange>(visit, std::move(code));
}

} // namespace vitrina
