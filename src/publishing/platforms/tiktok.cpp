#include "publishing/platforms/tiktok.hpp"

#include "publishing/platforms/post_address.hpp"
#include "publishing/platforms/post_text.hpp"
#include "publishing/platforms/single_call.hpp"
#include "publishing/platforms/tiktok_consent.hpp"
#include "publishing/platforms/tiktok_reply.hpp"
#include "publishing/platforms/tiktok_upload.hpp"

#include <stdexcept>

namespace vitrina {
namespace {

using namespace std::chrono_literals;

PlatformRules tiktok_rules()
{
    using Kind = OptionRule::Kind;
    PlatformRules rules;
    rules.text = {.most = 2200, .unit = TextUnit::utf16_units};
    rules.media = {.smallest = 1,
                   .largest = 4'000'000'000,
                   .longest = 10min,
                   .narrowest = 360,
                   .widest = 4096,
                   .lowest = 360,
                   .highest = 4096,
                   .slowest = 23,
                   .fastest = 60,
                   .types = {"video/mp4", "video/quicktime", "video/webm"}};
    rules.options = {
        // TikTok wants it chosen by the person, for each post.
        {.name = "privacy", .choices = {"public", "friends", "followers", "private"}, .required = true},
        {.name = "mode", .choices = {"direct", "inbox"}, .fallback = "direct"},
        {.name = "text"},
        {.name = "comments", .kind = Kind::flag, .fallback = "true"},
        {.name = "duet", .kind = Kind::flag, .fallback = "true"},
        {.name = "stitch", .kind = Kind::flag, .fallback = "true"},
        {.name = "cover_at", .kind = Kind::number}, // milliseconds from the start
        {.name = "paid_partnership", .kind = Kind::flag, .fallback = "false"},
        {.name = "own_brand", .kind = Kind::flag, .fallback = "false"},
        {.name = "ai_generated", .kind = Kind::flag, .fallback = "false"},
    };
    return rules;
}

Step identified(const HttpReply& reply, Instant now)
{
    if (!is_tiktok_ok(reply))
        return tiktok_trouble(reply, now);
    const ReplyJson json(reply.body);
    std::string id = json.text({"data", "user", "open_id"});
    if (id.empty())
        return Refused{Refused::Kind::not_permitted, "no_account", "TikTok does not say whose token it is"};
    return Identified{std::move(id), json.text({"data", "user", "display_name"})};
}

// TikTok gives programs no way to take a post back, so there is nothing to ask.
class NoRemoval final : public Conversation {
public:
    Step resume() override
    {
        return Refused{Refused::Kind::not_permitted, "not_supported",
                       "TikTok lets no program delete a post; delete it in the TikTok app"};
    }
    Step on_reply(const HttpReply&) override { return resume(); }
    Step on_loss(Loss) override { return resume(); }
    PublicationState stage() const override { return PublicationState::confirming; }
    std::string memory() const override { return "{}"; }
    std::uint64_t confirmed_bytes() const override { return 0; }
};

class Tiktok final : public Platform {
public:
    explicit Tiktok(TiktokOptions options) : options_(std::move(options)), consent_(options_.version)
    {
        for (const std::uint64_t size : {options_.chunk, options_.whole_up_to})
            if (size < 5'000'000 || size > 60'000'000)
                throw std::invalid_argument("TikTok takes pieces of 5 to 60 million bytes");
    }

    std::string_view name() const override { return "tiktok"; }
    std::string_view title() const override { return "TikTok"; }
    std::string_view how_to_connect() const override
    {
        return "connect one on the page of this server, or with `vitrina account connect tiktok`";
    }
    bool has_servers() const override { return false; }

    const PlatformRules& rules() const override { return rules_; }
    std::vector<FieldError> validate(const PublishOrder& order) const override
    {
        std::vector<FieldError> errors = check_rules(title(), rules_, order);
        const bool unchosen = !order.options.contains("privacy");
        if (is_for_tiktok_inbox(order) && unchosen) // the person chooses over there
            std::erase_if(errors, [](const FieldError& error) { return error.pointer == "/privacy"; });
        if (option_yes(order, "paid_partnership", false) && option_text(order, "privacy") == "private")
            errors.push_back({"/paid_partnership", "TikTok takes no paid partnership that nobody else can see"});
        const auto* cover = order.options.if_contains("cover_at");
        const auto length = std::chrono::duration_cast<std::chrono::milliseconds>(order.duration);
        if (cover && cover->is_int64() && length > 0ms && cover->get_int64() > length.count())
            errors.push_back({"/cover_at", "is after the end of the video"});
        return errors;
    }

    std::unique_ptr<Conversation> publish(const PublishOrder& order, const AccountFacts&, std::string_view memory,
                                          const Clock& clock) const override
    {
        return std::make_unique<TiktokUpload>(order, memory, options_, clock);
    }

    std::unique_ptr<Conversation> remove(const std::string&, const AccountFacts&, const Clock&) const override
    {
        return std::make_unique<NoRemoval>();
    }

    std::unique_ptr<Conversation> identify(const AccountFacts&, const Clock& clock) const override
    {
        Send send{
            .what = "ask whose token it is", .method = "GET", .url = api() + "user/info/?fields=open_id,display_name"};
        return make_single_call(std::move(send), identified, clock);
    }

    // The cover is a moment of the video itself, given with the post.
    std::unique_ptr<Conversation> set_picture(const PublishOrder&, const std::string&, const Clock&) const override
    {
        return nullptr;
    }
    std::optional<std::string> post_at(std::string_view text, const AccountFacts&) const override
    {
        const auto address = parse_post_address(text);
        const bool is_video = address && address->host == "tiktok.com" && address->path.size() == 3 &&
                              address->path[1] == "video" && is_numeric_id(address->path[2]);
        return is_video ? std::optional(address->path[2]) : std::nullopt;
    }

    std::vector<Demand> demands() const override
    {
        return {{"Until TikTok has audited your app, posts are seen by their author only, accounts have to be private, "
                 "and five people a day can post.",
                 "Hasta que TikTok audite tu aplicación, las publicaciones solo las ve su autor, las cuentas deben ser "
                 "privadas y pueden publicar cinco personas al día."}};
    }
    const Consent* consent() const override { return &consent_; }

    std::optional<Send> refresh(const Grant& grant) const override
    {
        if (grant.refresh_token.empty())
            return std::nullopt;
        return Send{.what = "refresh the token",
                    .method = "POST",
                    .url = api() + "oauth/token/",
                    .headers = {{"Content-Type", "application/x-www-form-urlencoded"}},
                    .before = form_body({{"client_key", grant.client_id},
                                         {"client_secret", grant.client_secret.reveal()},
                                         {"grant_type", "refresh_token"},
                                         {"refresh_token", grant.refresh_token.reveal()}}),
                    .credentials = Send::Credentials::none,
                    .answer_within = 30s};
    }

    RefreshOutcome on_refreshed(const HttpReply& reply) const override
    {
        if (auto tokens = tiktok_tokens(reply))
            return FreshTokens{std::move(tokens->access), std::move(tokens->refresh), tokens->expires_in,
                               tokens->refresh_expires_in};
        const std::string error = ReplyJson(reply.body).text({"error"});
        // TikTok says so with more than one status.
        if (reply.status < 500 && error == "invalid_grant")
            return GrantDead{"TikTok says that the permission was revoked or has expired"};
        return RefreshLater{error.empty() ? "TikTok answered " + std::to_string(reply.status)
                                          : "TikTok answered \"" + error + "\""};
    }

private:
    std::string api() const { return "https://open.tiktokapis.com/" + options_.version + "/"; }

    TiktokOptions options_;
    PlatformRules rules_ = tiktok_rules();
    TiktokConsent consent_;
};

} // namespace

std::unique_ptr<Platform> make_tiktok(TiktokOptions options)
{
    return std::make_unique<Tiktok>(std::move(options));
}

} // namespace vitrina
