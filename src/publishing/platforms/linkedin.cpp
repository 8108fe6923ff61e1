#include "publishing/platforms/linkedin.hpp"

#include "publishing/platforms/linkedin_consent.hpp"
#include "publishing/platforms/linkedin_post.hpp"
#include "publishing/platforms/linkedin_reply.hpp"
#include "publishing/platforms/linkedin_text.hpp"
#include "publishing/platforms/post_address.hpp"
#include "publishing/platforms/post_look.hpp"
#include "publishing/platforms/post_text.hpp"
#include "publishing/platforms/reply_json.hpp"
#include "publishing/platforms/single_call.hpp"

#include <boost/json/serialize.hpp>

namespace vitrina {
namespace {

using namespace std::chrono_literals;

PlatformRules linkedin_rules()
{
    using Kind = OptionRule::Kind;
    PlatformRules rules;
    rules.text = {.most = linkedin_longest_text};
    rules.media = {
        .smallest = 75'000, .largest = 500'000'000, .shortest = 3s, .longest = 30min, .types = {"video/mp4"}};
    rules.options = {
        {.name = "text"},
        {.name = "privacy", .choices = {"public", "members", "connections"}, .fallback = "public"},
        {.name = "reshares", .kind = Kind::flag, .fallback = "true"},
    };
    rules.post = {.looked_at = true, .editable = {"title", "description", "tags", "text"}};
    return rules;
}

Step removed(const HttpReply& reply, Instant now)
{
    return reply.status == 204 || reply.status == 404 ? Step(Removed{}) : linkedin_trouble(reply, now);
}

Step identified(const HttpReply& reply, Instant now)
{
    if (reply.status != 200)
        return linkedin_trouble(reply, now);
    const ReplyJson json(reply.body);
    std::string urn = "urn:li:person:" + json.text({"sub"});
    if (!is_linkedin_urn(urn, "person"))
        return Refused{Refused::Kind::not_permitted, "no_account", "LinkedIn does not say whose token it is"};
    return Identified{std::move(urn), json.text({"name"})};
}

Step administers(const HttpReply& reply, Instant now, const std::string& chosen)
{
    if (reply.status != 200)
        return linkedin_trouble(reply, now);
    const ReplyJson json(reply.body);
    for (std::size_t i = 0; i < json.size({"elements"}); ++i)
        if (json.text({"elements", std::to_string(i), "organization"}) == chosen)
            return Identified{chosen, "organisation " + chosen.substr(chosen.rfind(':') + 1)};
    return Refused{Refused::Kind::not_permitted, "no_account",
                   "the token's person does not administer this organisation"};
}

std::optional<Step> seen(const HttpReply& reply, Instant now)
{
    // Another 404 is of a path that the API does not know (any more).
    if (reply.status == 404 && linkedin_error(reply).code == "NOT_FOUND")
        return std::nullopt;
    if (reply.status != 200 || ReplyJson(reply.body).text({"id"}).empty())
        return linkedin_trouble(reply, now);
    return StillThere{};
}

class Linkedin final : public Platform {
public:
    explicit Linkedin(LinkedinOptions options)
        : options_(std::move(options)), consent_(options_.version, options_.organisations)
    {
    }

    std::string_view name() const override { return "linkedin"; }
    std::string_view title() const override { return "LinkedIn"; }
    std::string_view how_to_connect() const override
    {
        return "connect one on the page of this server, or with `vitrina account connect linkedin`";
    }
    bool has_servers() const override { return false; }

    const PlatformRules& rules() const override { return rules_; }
    std::vector<FieldError> validate(const PublishOrder& order) const override
    {
        std::vector<FieldError> errors = check_rules(title(), rules_, order);
        const std::size_t length = characters(little_text(linkedin_commentary(order)));
        if (errors.empty() && length > linkedin_longest_text)
            errors.push_back({"/text", "has " + std::to_string(length) +
                                           " characters with the signs that LinkedIn wants escaped; it takes 3000"});
        return errors;
    }

    std::unique_ptr<Conversation> publish(const PublishOrder& order, const AccountFacts& account,
                                          std::string_view memory, const Clock& clock) const override
    {
        return std::make_unique<LinkedinPost>(order, account, memory, options_, clock);
    }

    std::unique_ptr<Conversation> remove(const std::string& remote_id, const AccountFacts&,
                                         const Clock& clock) const override
    {
        Send send{.what = "delete the post",
                  .method = "DELETE",
                  .url = "https://api.linkedin.com/rest/posts/" + url_escape(remote_id),
                  .headers = {{"LinkedIn-Version", options_.version},
                              {"X-Restli-Protocol-Version", "2.0.0"},
                              {"X-RestLi-Method", "DELETE"}}};
        return make_single_call(std::move(send), removed, clock);
    }

    std::unique_ptr<Conversation> update(const PostEdit& edit, const std::string& remote_id, const AccountFacts&,
                                         const Clock& clock) const override
    {
        const boost::json::object commentary{{"commentary", little_text(linkedin_commentary(edit.order))}};
        Send send{.what = "change what the post says",
                  .method = "POST",
                  .url = "https://api.linkedin.com/rest/posts/" + url_escape(remote_id),
                  .headers = {{"Content-Type", "application/json"},
                              {"LinkedIn-Version", options_.version},
                              {"X-Restli-Protocol-Version", "2.0.0"},
                              {"X-RestLi-Method", "PARTIAL_UPDATE"}},
                  .before = boost::json::serialize(boost::json::object{{"patch", {{"$set", commentary}}}})};
        auto read = [remote_id](const HttpReply& reply, Instant now) -> Step {
            if (reply.status == 404 && linkedin_error(reply).code == "NOT_FOUND")
                return no_post_to_edit();
            return reply.status == 204 || reply.status == 200 ? Step(Published{remote_id, {}})
                                                              : linkedin_trouble(reply, now);
        };
        return make_single_call(std::move(send), read, clock);
    }

    // Of organisations only: what a person has posted can be read by nobody but them.
    std::unique_ptr<Conversation> look(const std::string& remote_id, const AccountFacts& account,
                                       const Clock& clock) const override
    {
        if (!is_linkedin_urn(account.remote_id, "organization"))
            return nullptr;
        Send send{.what = "look for the post",
                  .method = "GET",
                  .url = "https://api.linkedin.com/rest/posts/" + url_escape(remote_id),
                  .headers = {{"LinkedIn-Version", options_.version}, {"X-Restli-Protocol-Version", "2.0.0"}}};
        return make_post_look(std::move(send), seen, identify(account, clock), account.remote_id, clock);
    }

    // A token is a person's: which of their organisations it is to speak for was chosen, and is looked up.
    std::unique_ptr<Conversation> identify(const AccountFacts& account, const Clock& clock) const override
    {
        if (!is_linkedin_urn(account.remote_id, "organization")) {
            Send send{.what = "ask whose token it is", .method = "GET", .url = "https://api.linkedin.com/v2/userinfo"};
            return make_single_call(std::move(send), identified, clock);
        }
        Send send{.what = "ask which organisations it is for",
                  .method = "GET",
                  .url = "https://api.linkedin.com/rest/"
                         "organizationAcls?q=roleAssignee&role=ADMINISTRATOR&state=APPROVED",
                  .headers = {{"LinkedIn-Version", options_.version}, {"X-Restli-Protocol-Version", "2.0.0"}}};
        auto read = [chosen = account.remote_id](const HttpReply& reply, Instant now) {
            return administers(reply, now, chosen);
        };
        return make_single_call(std::move(send), std::move(read), clock);
    }

    // LinkedIn shows a frame of the video.
    std::unique_ptr<Conversation> set_picture(const PublishOrder&, const std::string&, const Clock&) const override
    {
        return nullptr;
    }

    std::optional<std::string> post_at(std::string_view text, const AccountFacts&) const override
    {
        const auto address = parse_post_address(text);
        if (!address || address->host != "linkedin.com" || address->path.size() < 3 || address->path[0] != "feed" ||
            address->path[1] != "update")
            return std::nullopt;
        const std::string& urn = address->path[2];
        for (const char* kind : {"share", "ugcPost", "activity"})
            if (is_linkedin_urn(urn, kind))
                return urn;
        return std::nullopt;
    }

    std::vector<Demand> demands() const override
    {
        return {{"Without LinkedIn's approval an app posts for people and not for organisations, and an account has to "
                 "be connected again every 60 days.",
                 "Sin la aprobación de LinkedIn una aplicación publica por personas y no por organizaciones, y hay que "
                 "volver a conectar cada cuenta cada 60 días."}};
    }
    const Consent* consent() const override { return &consent_; }

    // Given to approved apps only; good for a year from the consent, however often it is used.
    std::optional<Send> refresh(const Grant& grant) const override
    {
        if (grant.refresh_token.empty())
            return std::nullopt;
        return linkedin_token_request({{"grant_type", "refresh_token"},
                                       {"refresh_token", grant.refresh_token.reveal()},
                                       {"client_id", grant.client_id},
                                       {"client_secret", grant.client_secret.reveal()}});
    }

    RefreshOutcome on_refreshed(const HttpReply& reply) const override
    {
        if (auto tokens = linkedin_tokens(reply))
            return FreshTokens{std::move(tokens->access), std::move(tokens->refresh), tokens->expires_in,
                               tokens->refresh_expires_in};
        const std::string error = ReplyJson(reply.body).text({"error"});
        if (reply.status == 400 && (error == "invalid_grant" || error == "invalid_request"))
            return GrantDead{"LinkedIn says that the permission has ended"};
        return RefreshLater{"LinkedIn answered " + std::to_string(reply.status)};
    }

private:
    LinkedinOptions options_;
    PlatformRules rules_ = linkedin_rules();
    LinkedinConsent consent_;
};

} // namespace

std::unique_ptr<Platform> make_linkedin(LinkedinOptions options)
{
    return std::make_unique<Linkedin>(std::move(options));
}

} // namespace vitrina
