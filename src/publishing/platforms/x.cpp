#include "publishing/platforms/x.hpp"

#include "publishing/platforms/post_address.hpp"
#include "publishing/platforms/post_text.hpp"
#include "publishing/platforms/reply_json.hpp"
#include "publishing/platforms/single_call.hpp"
#include "publishing/platforms/x_consent.hpp"
#include "publishing/platforms/x_post.hpp"
#include "publishing/platforms/x_reply.hpp"
#include "publishing/weighted_length.hpp"

#include <stdexcept>

namespace vitrina {
namespace {

using namespace std::chrono_literals;

PlatformRules x_rules()
{
    using Kind = OptionRule::Kind;
    PlatformRules rules;
    rules.text = {.most = x_longest_text, .unit = TextUnit::weighted};
    rules.media = {.smallest = 1,
                   .largest = 512 << 20,
                   .shortest = 500ms,
                   .longest = 140s,
                   .narrowest = 32,
                   .lowest = 32,
                   .fastest = 60,
                   .tallest = 1.0 / 3,
                   .broadest = 3,
                   .types = {"video/mp4", "video/quicktime", "video/webm", "video/mp2t"}};
    rules.options = {
        {.name = "text"},
        {.name = "replies", .choices = {"everyone", "following", "mentionedUsers"}, .fallback = "everyone"},
        // Accounts with X's permission for longer or larger videos upload them as the second.
        {.name = "media_category", .choices = {"tweet_video", "amplify_video"}, .fallback = "tweet_video"},
        {.name = "ai_generated", .kind = Kind::flag, .fallback = "false"},
        {.name = "paid_partnership", .kind = Kind::flag, .fallback = "false"},
    };
    return rules;
}

Step removed(const HttpReply& reply, Instant now)
{
    if (reply.status == 200 || reply.status == 404)
        return Removed{};
    return x_trouble(reply, now);
}

Step identified(const HttpReply& reply, Instant now)
{
    if (!is_x_ok(reply))
        return x_trouble(reply, now);
    const ReplyJson json(reply.body);
    std::string id = json.text({"data", "id"});
    if (id.empty())
        return Refused{Refused::Kind::not_permitted, "no_account", "X does not say whose token it is"};
    return Identified{std::move(id), json.text({"data", "username"})};
}

class X final : public Platform {
public:
    explicit X(XOptions options) : options_(options)
    {
        if (options_.smallest_piece == 0 || options_.smallest_piece > 5 << 20)
            throw std::invalid_argument("X takes pieces of at most 5 MiB");
    }

    std::string_view name() const override { return "x"; }
    std::string_view title() const override { return "X"; }
    std::string_view how_to_connect() const override
    {
        return "connect one on the page of this server, or with `vitrina account connect x`";
    }
    bool has_servers() const override { return false; }

    const PlatformRules& rules() const override { return rules_; }
    std::vector<FieldError> validate(const PublishOrder& order) const override
    {
        std::vector<FieldError> errors = check_rules(title(), rules_, order);
        if (x_cashtags(x_text(order)) > 1)
            errors.push_back({"/text", "has more than one cashtag ($NAME); X takes one"});
        return errors;
    }

    std::unique_ptr<Conversation> publish(const PublishOrder& order, const AccountFacts& account,
                                          std::string_view memory, const Clock& clock) const override
    {
        return std::make_unique<XPost>(order, account, memory, options_, clock);
    }

    std::unique_ptr<Conversation> remove(const std::string& remote_id, const AccountFacts&,
                                         const Clock& clock) const override
    {
        Send send{.what = "delete the post",
                  .method = "DELETE",
                  .url = "https://api.x.com/2/tweets/" + url_escape(remote_id)};
        return make_single_call(std::move(send), removed, clock);
    }

    std::unique_ptr<Conversation> identify(const AccountFacts&, const Clock& clock) const override
    {
        Send send{.what = "ask whose token it is", .method = "GET", .url = "https://api.x.com/2/users/me"};
        return make_single_call(std::move(send), identified, clock);
    }

    // X shows a frame of the video.
    std::unique_ptr<Conversation> set_picture(const PublishOrder&, const std::string&, const Clock&) const override
    {
        return nullptr;
    }
    std::optional<std::string> post_at(std::string_view text, const AccountFacts&) const override
    {
        const auto address = parse_post_address(text);
        const bool is_post = address && (address->host == "x.com" || address->host == "twitter.com") &&
                             address->path.size() >= 3 && address->path[1] == "status" &&
                             is_numeric_id(address->path[2]);
        return is_post ? std::optional(address->path[2]) : std::nullopt;
    }

    std::vector<Demand> demands() const override
    {
        return {{"Every post through the API is paid for with credits of your developer account.",
                 "Cada publicación por la API se paga con créditos de tu cuenta de desarrollador."}};
    }
    const Consent* consent() const override { return &consent_; }

    // Each refresh token is good for one use.
    std::optional<Send> refresh(const Grant& grant) const override
    {
        if (grant.refresh_token.empty())
            return std::nullopt;
        return x_token_request({grant.client_id, grant.client_secret},
                               {{"grant_type", "refresh_token"}, {"refresh_token", grant.refresh_token.reveal()}});
    }

    RefreshOutcome on_refreshed(const HttpReply& reply) const override
    {
        if (auto tokens = x_tokens(reply))
            return FreshTokens{std::move(tokens->access), std::move(tokens->refresh), tokens->expires_in};
        const std::string error = ReplyJson(reply.body).text({"error"});
        // X says "invalid_request" of a refresh token that it does not know.
        const bool dead = reply.status == 400 && (error == "invalid_grant" || error == "invalid_request");
        if (dead)
            return GrantDead{"X says that the permission was revoked or has expired"};
        return RefreshLater{error.empty() ? "X answered " + std::to_string(reply.status)
                                          : "X answered \"" + error + "\""};
    }

private:
    XOptions options_;
    PlatformRules rules_ = x_rules();
    XConsent consent_;
};

} // namespace

std::unique_ptr<Platform> make_x(XOptions options)
{
    return std::make_unique<X>(options);
}

} // namespace vitrina
