#include "publishing/platforms/mastodon.hpp"

#include "publishing/platforms/mastodon_post.hpp"
#include "publishing/platforms/post_text.hpp"
#include "publishing/platforms/single_call.hpp"

#include <algorithm>
#include <array>

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

class Mastodon final : public Platform {
public:
    explicit Mastodon(MastodonOptions options) : options_(options) {}

    std::string_view name() const override { return "mastodon"; }
    std::string_view title() const override { return "Mastodon"; }
    std::string_view how_to_connect() const override
    {
        return "connect one with `vitrina account add mastodon` or POST /v1/accounts";
    }
    bool has_servers() const override { return true; }

    // What every server agrees on; its own limits are asked for when the work begins.
    std::vector<FieldError> validate(const PublishOrder& order) const override
    {
        std::vector<FieldError> errors;
        check_options(order, {"privacy", "text", "spoiler_text", "language", "alt_text"}, {"sensitive"}, errors);
        constexpr std::array<std::string_view, 4> privacies{"public", "unlisted", "private", "direct"};
        if (std::ranges::find(privacies, option_text(order, "privacy", "public")) == privacies.end())
            errors.push_back({"/privacy", "must be public, unlisted, private or direct"});
        if (characters(option_text(order, "alt_text")) > 1500)
            errors.push_back({"/alt_text", "Mastodon takes descriptions of at most 1500 characters"});
        return errors;
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

    // Mastodon's tokens do not expire.
    std::optional<Send> refresh(const Grant&) const override { return std::nullopt; }
    RefreshOutcome on_refreshed(const HttpReply&) const override
    {
        return GrantDead{"the server does not take the access token"};
    }

private:
    MastodonOptions options_;
};

} // namespace

std::unique_ptr<Platform> make_mastodon(MastodonOptions options)
{
    return std::make_unique<Mastodon>(options);
}

} // namespace vitrina
