#include "publishing/platforms/vimeo_consent.hpp"

#include "core/base64.hpp"
#include "publishing/platforms/post_text.hpp"
#include "publishing/platforms/reply_json.hpp"
#include "publishing/platforms/vimeo_reply.hpp"

#include <array>

namespace vitrina {
namespace {

struct Permission {
    std::string_view scope, what_for;
};
constexpr std::array permissions{
    Permission{"public", "to see whose account it is"}, Permission{"private", "to find out what became of a video"},
    Permission{"upload", "to upload videos"}, Permission{"edit", "to give them their tags"},
    Permission{"delete", "to take a video back"}};

class VimeoExchange final : public ConsentExchange {
public:
    VimeoExchange(const ConsentVisit& visit, std::string code) : visit_(visit), code_(std::move(code)) {}

    ConsentStep resume() override
    {
        const std::string pair = visit_.app.client_id + ":" + visit_.app.client_secret.reveal();
        return Send{.what = "ask for a token",
                    .method = "POST",
                    .url = "https://api.vimeo.com/oauth/access_token",
                    .headers = {{"Authorization", "Basic " + to_base64(pair)},
                                {"Accept", std::string(vimeo_accept)},
                                {"Content-Type", "application/x-www-form-urlencoded"}},
                    .before = form_body(
                        {{"grant_type", "authorization_code"}, {"code", code_}, {"redirect_uri", visit_.redirect_uri}}),
                    .credentials = Send::Credentials::none,
                    .answer_within = std::chrono::seconds(30)};
    }

    ConsentStep on_reply(const HttpReply& reply) override
    {
        const ReplyJson json(reply.body);
        std::string access = json.text({"access_token"});
        if (reply.status != 200 || access.empty()) {
            const std::string words = vimeo_error(reply).words;
            if (words.empty() || reply.status >= 500)
                return GrantLater{"Vimeo answered " + std::to_string(reply.status)};
            return NotGranted{"Vimeo says: " + words};
        }
        const std::string scopes = " " + json.text({"scope"}) + " ";
        for (const Permission& permission : permissions)
            if (scopes.find(" " + std::string(permission.scope) + " ") == scopes.npos)
                return NotGranted{"the permission " + std::string(permission.scope) + " was left out; it is needed " +
                                  std::string(permission.what_for)};
        ConnectedIdentity person;
        person.remote_id = vimeo_id(json.text({"user", "uri"}));
        person.name = json.text({"user", "name"});
        if (person.remote_id.empty())
            return GrantLater{"Vimeo does not say whose account it is"};
        person.access_token = Secret(std::move(access));
        return Granted{{std::move(person)}};
    }

private:
    ConsentVisit visit_;
    std::string code_;
};

} // namespace

std::string VimeoConsent::page(const ConsentVisit& visit) const
{
    std::string scopes;
    for (const Permission& permission : permissions)
        scopes += (scopes.empty() ? "" : " ") + std::string(permission.scope);
    return "https://api.vimeo.com/oauth/authorize?" + form_body({{"response_type", "code"},
                                                                 {"client_id", visit.app.client_id},
                                                                 {"redirect_uri", visit.redirect_uri},
                                                                 {"state", visit.state},
                                                                 {"scope", scopes}});
}

std::unique_ptr<ConsentExchange> VimeoConsent::exchange(const ConsentVisit& visit, std::string code) const
{
    return std::make_unique<VimeoExchange>(visit, std::move(code));
}

} // namespace vitrina
