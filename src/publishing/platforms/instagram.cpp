#include "publishing/platforms/instagram.hpp"

#include "publishing/platforms/facebook_reply.hpp"
#include "publishing/platforms/instagram_post.hpp"
#include "publishing/platforms/meta_consent.hpp"
#include "publishing/platforms/meta_reply.hpp"
#include "publishing/platforms/post_address.hpp"
#include "publishing/platforms/post_look.hpp"
#include "publishing/platforms/post_text.hpp"
#include "publishing/platforms/reply_json.hpp"
#include "publishing/platforms/single_call.hpp"

#include <algorithm>

namespace vitrina {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t most_collaborators = 3;
constexpr int most_hashtags = 30, most_mentions = 20;

PlatformRules instagram_rules()
{
    using Kind = OptionRule::Kind;
    PlatformRules rules;
    rules.text = {.most = instagram_longest_caption};
    rules.media = {.smallest = 1,
                   .largest = 300'000'000,
                   .shortest = 3s,
                   .longest = 15min,
                   .widest = 1920,
                   .slowest = 23,
                   .fastest = 60,
                   .tallest = 0.01,
                   .broadest = 10,
                   .types = {"video/mp4", "video/quicktime"}};
    rules.options = {
        {.name = "text"},
        {.name = "share_to_feed", .kind = Kind::flag, .fallback = "true"},
        {.name = "cover_at", .kind = Kind::number}, // milliseconds from the start
        {.name = "collaborators", .kind = Kind::texts},
    };
    rules.post = {.looked_at = true};
    return rules;
}

// Deleting is not open to every app: then the person has to, in theirs.
Step removed(const HttpReply& reply, Instant now)
{
    const auto error = meta_error(reply);
    const bool gone = error && error->is(100, 33);
    if (gone || is_meta_success(reply))
        return Removed{};
    Step known = meta_trouble(reply, now, "Instagram");
    if (auto* refused = std::get_if<Refused>(&known))
        refused->words += " (delete it in the Instagram app)";
    return known;
}

// The token is a page's; of an account that was chosen, its own name is asked.
Step identified(const HttpReply& reply, Instant now)
{
    const ReplyJson json(reply.body);
    const bool of_page = json.find({"instagram_business_account"}) != nullptr;
    std::string id = of_page ? json.text({"instagram_business_account", "id"}) : json.text({"id"});
    const std::string user = of_page ? json.text({"instagram_business_account", "username"}) : json.text({"username"});
    if (reply.status != 200)
        return meta_trouble(reply, now, "Instagram");
    if (!is_numeric_id(id) || user.empty())
        return Refused{Refused::Kind::not_permitted, "no_account",
                       "no professional Instagram account is linked to this token's page"};
    return Identified{std::move(id), "@" + user};
}

std::optional<Step> seen(const HttpReply& reply, Instant now)
{
    if (const auto error = meta_error(reply); error && error->is(100, 33))
        return std::nullopt;
    std::string link = instagram_link(reply);
    if (reply.status != 200 || link.empty())
        return meta_trouble(reply, now, "Instagram");
    return StillThere{std::move(link), {}};
}

// "DRx0aY_jk-1"
bool is_short_code(std::string_view text)
{
    return text.size() >= 5 && text.size() <= 40 && std::ranges::all_of(text, [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '_';
    });
}

class Instagram final : public Platform {
public:
    explicit Instagram(InstagramOptions options)
        : options_(std::move(options)), consent_(MetaConsent::For::instagram, options_.version)
    {
    }

    std::string_view name() const override { return "instagram"; }
    std::string_view title() const override { return "Instagram"; }
    std::string_view how_to_connect() const override
    {
        return "connect a professional account on the page of this server, or with `vitrina account connect instagram`";
    }
    bool has_servers() const override { return false; }

    const PlatformRules& rules() const override { return rules_; }
    std::vector<FieldError> validate(const PublishOrder& order) const override
    {
        std::vector<FieldError> errors = check_rules(title(), rules_, order);
        const std::string caption = instagram_caption(order);
        if (const int count = count_marked(caption, '#'); count > most_hashtags)
            errors.push_back({"/text", "has " + std::to_string(count) + " hashtags; Instagram takes 30"});
        if (const int count = count_marked(caption, '@'); count > most_mentions)
            errors.push_back({"/text", "mentions " + std::to_string(count) + " accounts; Instagram takes 20"});
        const auto* names = order.options.if_contains("collaborators");
        if (names && names->is_array() && names->get_array().size() > most_collaborators)
            errors.push_back({"/collaborators", "are more than the three that Instagram takes"});
        const auto* at = order.options.if_contains("cover_at");
        if (at && at->is_int64() && order.duration > 0us && std::chrono::milliseconds(at->get_int64()) > order.duration)
            errors.push_back({"/cover_at", "is after the video's end"});
        return errors;
    }

    std::unique_ptr<Conversation> publish(const PublishOrder& order, const AccountFacts& account,
                                          std::string_view memory, const Clock& clock) const override
    {
        return std::make_unique<InstagramPost>(order, account, memory, options_, clock);
    }

    std::unique_ptr<Conversation> remove(const std::string& remote_id, const AccountFacts&,
                                         const Clock& clock) const override
    {
        return make_single_call(call("delete the post", "DELETE", url_escape(remote_id)), removed, clock);
    }

    // Of a post that a person found only the short code is known, which cannot be asked for.
    std::unique_ptr<Conversation> look(const std::string& remote_id, const AccountFacts& account,
                                       const Clock& clock) const override
    {
        if (!is_numeric_id(remote_id))
            return nullptr;
        const std::string& id = account.remote_id;
        auto proof = make_meta_proof(
            call("ask which account the token is for", "GET", url_escape(id) + "?fields=" + url_escape("id,username")),
            call("ask for the account's posts", "GET", url_escape(id) + "/media?fields=id&limit=1"), id, clock,
            "Instagram");
        return make_post_look(
            call("look for the post", "GET", remote_id + "?fields=" + url_escape("permalink,shortcode,timestamp")),
            seen, std::move(proof), account.remote_id, clock);
    }

    std::unique_ptr<Conversation> identify(const AccountFacts& account, const Clock& clock) const override
    {
        const std::string path = is_numeric_id(account.remote_id)
                                     ? account.remote_id + "?fields=" + url_escape("id,username")
                                     : "me?fields=" + url_escape("instagram_business_account{id,username}");
        return make_single_call(call("ask which account the token is for", "GET", path), identified, clock);
    }

    // The cover is a frame of the video, chosen with the container.
    std::unique_ptr<Conversation> set_picture(const PublishOrder&, const std::string&, const Clock&) const override
    {
        return nullptr;
    }

    // The address holds a short code, and no call gives the number to it.
    std::optional<std::string> post_at(std::string_view text, const AccountFacts&) const override
    {
        const auto address = parse_post_address(text);
        const bool is_post = address && address->host == "instagram.com" && address->path.size() >= 2 &&
                             (address->path[0] == "reel" || address->path[0] == "p");
        return is_post && is_short_code(address->path[1]) ? std::optional(address->path[1]) : std::nullopt;
    }

    const Consent* consent() const override { return &consent_; }
    std::vector<Demand> demands() const override
    {
        return {{"The account has to be professional (business or creator) and linked to a Facebook page.",
                 "La cuenta tiene que ser profesional (de empresa o de creador) y estar vinculada a una página de "
                 "Facebook."},
                {"Before Meta's review the app works for people with a role in it only.",
                 "Antes de la revisión de Meta la aplicación solo funciona para quienes tienen un papel en ella."}};
    }

    // A page's token does not end by itself.
    std::optional<Send> refresh(const Grant&) const override { return std::nullopt; }
    RefreshOutcome on_refreshed(const HttpReply&) const override
    {
        return RefreshLater{"Instagram's tokens are a page's, and are not refreshed"};
    }

private:
    Send call(std::string what, std::string method, std::string path) const
    {
        return Send{.what = std::move(what),
                    .method = std::move(method),
                    .url = "https://graph.facebook.com/" + options_.version + "/" + std::move(path),
                    .credentials = Send::Credentials::query};
    }

    InstagramOptions options_;
    PlatformRules rules_ = instagram_rules();
    MetaConsent consent_;
};

} // namespace

std::unique_ptr<Platform> make_instagram(InstagramOptions options)
{
    return std::make_unique<Instagram>(std::move(options));
}

} // namespace vitrina
