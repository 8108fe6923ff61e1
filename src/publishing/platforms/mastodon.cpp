#include "publishing/platforms/mastodon.hpp"

#include "publishing/platforms/mastodon_consent.hpp"
#include "publishing/platforms/mastodon_edit.hpp"
#include "publishing/platforms/mastodon_post.hpp"
#include "publishing/platforms/post_address.hpp"
#include "publishing/platforms/post_look.hpp"
#include "publishing/platforms/post_text.hpp"
#include "publishing/platforms/single_call.hpp"

namespace vitrina {
namespace {

Step identified(const HttpReply& reply, Instant now)
{
    if (reply.status != 200)
        return mastodon_trouble(reply, now);
    const ReplyJson json(reply.body);
    if (json.text({"id"}).empty())
        return Refused{Refused::Kind::not_permitted, "no_account", "the server does not say whose token it is"};
    return Identified{json.text({"id"}), "@" + json.text({"username"})};
}

Step removed(const HttpReply& reply, Instant now)
{
    return reply.status == 200 || reply.status == 404 ? Step(Removed{}) : mastodon_trouble(reply, now);
}

std::optional<Step> seen(const HttpReply& reply, Instant now)
{
    if ((reply.status == 404 || reply.status == 410) && !mastodon_error(reply).empty())
        return std::nullopt;
    const auto status = mastodon_status(reply);
    if (reply.status != 200 || !status)
        return mastodon_trouble(reply, now);
    return StillThere{status->url, ReplyJson(reply.body).text({"visibility"})};
}

// What every server agrees on; its own limits are asked for when the work begins.
PlatformRules mastodon_rules()
{
    using Kind = OptionRule::Kind;
    PlatformRules rules;
    rules.options = {
        {.name = "privacy", .choices = {"public", "unlisted", "private", "direct"}, .fallback = "public"},
        {.name = "text"},
        {.name = "spoiler_text"},
        {.name = "language"},
        {.name = "alt_text", .length = {.most = 1500}},
        {.name = "sensitive", .kind = Kind::flag, .fallback = "false"},
    };
    rules.post = {.looked_at = true, .editable = {"title", "description", "tags", "text", "spoiler_text"}};
    return rules;
}

class Mastodon final : public Platform {
public:
    explicit Mastodon(MastodonOptions options) : options_(options) {}

    std::string_view name() const override { return "mastodon"; }
    std::string_view title() const override { return "Mastodon"; }
    std::string_view how_to_connect() const override
    {
        return "connect one on the page of this server, or with `vitrina account connect mastodon`";
    }
    bool has_servers() const override { return true; }

    const PlatformRules& rules() const override { return rules_; }
    std::vector<FieldError> validate(const PublishOrder& order) const override
    {
        return check_rules(title(), rules_, order);
    }

    std::unique_ptr<Conversation> publish(const PublishOrder& order, const AccountFacts& account,
                                          std::string_view memory, const Clock& clock) const override
    {
        return std::make_unique<MastodonPost>(order, account, memory, options_, clock);
    }

    std::unique_ptr<Conversation> remove(const std::string& remote_id, const AccountFacts& account,
                                         const Clock& clock) const override
    {
        Send send{.what = "delete the status",
                  .method = "DELETE",
                  .url = account.base_url + "/api/v1/statuses/" + url_escape(remote_id) + "?delete_media=true"};
        return make_single_call(std::move(send), removed, clock);
    }

    std::unique_ptr<Conversation> update(const PostEdit& edit, const std::string& remote_id,
                                         const AccountFacts& account, const Clock& clock) const override
    {
        return make_mastodon_edit(edit, remote_id, account, clock);
    }

    std::unique_ptr<Conversation> look(const std::string& remote_id, const AccountFacts& account,
                                       const Clock& clock) const override
    {
        Send send{.what = "look for the status",
                  .method = "GET",
                  .url = account.base_url + "/api/v1/statuses/" + url_escape(remote_id)};
        return make_post_look(std::move(send), seen, identify(account, clock), account.remote_id, clock);
    }

    std::unique_ptr<Conversation> identify(const AccountFacts& account, const Clock& clock) const override
    {
        Send send{.what = "ask whose token it is",
                  .method = "GET",
                  .url = account.base_url + "/api/v1/accounts/verify_credentials"};
        return make_single_call(std::move(send), identified, clock);
    }

    // The server makes its own from the video.
    std::unique_ptr<Conversation> set_picture(const PublishOrder&, const std::string&, const Clock&) const override
    {
        return nullptr;
    }

    std::optional<std::string> post_at(std::string_view text, const AccountFacts& account) const override
    {
        const auto address = parse_post_address(text);
        const auto server = parse_post_address(account.base_url);
        const bool is_status = address && server && address->host == server->host && address->path.size() == 2 &&
                               address->path[0].starts_with('@') && is_mastodon_status_id(address->path[1]);
        return is_status ? std::optional(address->path[1]) : std::nullopt;
    }

    const Consent* consent() const override { return &consent_; }
    // Mastodon's tokens do not expire.
    std::optional<Send> refresh(const Grant&) const override { return std::nullopt; }
    RefreshOutcome on_refreshed(const HttpReply&) const override
    {
        return GrantDead{"the server does not take the access token"};
    }

private:
    MastodonOptions options_;
    PlatformRules rules_ = mastodon_rules();
    MastodonConsent consent_;
};

} // namespace

std::unique_ptr<Platform> make_mastodon(MastodonOptions options)
{
    return std::make_unique<Mastodon>(options);
}

} // namespace vitrina
