#include "publishing/platforms/youtube.hpp"

#include "publishing/platforms/post_address.hpp"
#include "publishing/platforms/post_look.hpp"
#include "publishing/platforms/post_text.hpp"
#include "publishing/platforms/single_call.hpp"
#include "publishing/platforms/youtube_consent.hpp"
#include "publishing/platforms/youtube_edit.hpp"
#include "publishing/platforms/youtube_reply.hpp"
#include "publishing/platforms/youtube_upload.hpp"

#include <algorithm>
#include <stdexcept>

namespace vitrina {
namespace {

using namespace std::chrono_literals;

const std::string api = "https://www.googleapis.com/youtube/v3/";

std::size_t tag_characters(const std::vector<std::string>& tags)
{
    std::size_t total = tags.empty() ? 0 : tags.size() - 1; // the commas between them
    for (const std::string& tag : tags)
        total += characters(tag) + (tag.find(' ') != tag.npos ? 2 : 0); // YouTube puts quotes around it
    return total;
}

PlatformRules youtube_rules()
{
    using Kind = OptionRule::Kind;
    PlatformRules rules;
    rules.title = {.least = 1, .most = 100, .without = "<>"};
    rules.description = {.most = 5000, .unit = TextUnit::bytes, .without = "<>"};
    rules.tags = {.without = "<>"};
    rules.media = {.largest = 256'000'000'000, .longest = 12h};
    rules.options = {
        {.name = "privacy", .choices = {"public", "unlisted", "private"}, .fallback = "public"},
        {.name = "category", .fallback = "22"},
        {.name = "language"},
        {.name = "made_for_kids", .kind = Kind::flag, .fallback = "false"},
        {.name = "notify_subscribers", .kind = Kind::flag, .fallback = "true"},
        {.name = "thumbnail", .kind = Kind::flag, .fallback = "true"},
    };
    rules.post = {.looked_at = true, .editable = {"title", "description", "tags"}};
    return rules;
}

Step identified(const HttpReply& reply, Instant now)
{
    if (reply.status != 200)
        return youtube_trouble(reply, now);
    const ReplyJson json(reply.body);
    std::string channel = json.text({"items", "0", "id"});
    if (channel.empty())
        return Refused{Refused::Kind::not_permitted, "youtubeSignupRequired",
                       "this Google account has no YouTube channel"};
    return Identified{std::move(channel), json.text({"items", "0", "snippet", "title"})};
}

Step removed(const HttpReply& reply, Instant now)
{
    const bool gone = reply.status == 204 || reply.status == 200 || reply.status == 404;
    return gone ? Step(Removed{}) : youtube_trouble(reply, now);
}

// Answered with 200 either way: what is not there is not in the list.
std::optional<Step> seen(const HttpReply& reply, Instant now)
{
    if (reply.status != 200)
        return youtube_trouble(reply, now);
    const ReplyJson json(reply.body);
    const auto* items = json.find({"items"});
    if (!items || !items->is_array())
        return Wait{Wait::Kind::transient, std::nullopt, "YouTube's answer about the video cannot be read"};
    const std::string uploaded = json.text({"items", "0", "status", "uploadStatus"});
    if (items->get_array().empty() || uploaded == "deleted")
        return std::nullopt;
    return StillThere{{}, uploaded == "rejected" ? uploaded : json.text({"items", "0", "status", "privacyStatus"})};
}

class Youtube final : public Platform {
public:
    explicit Youtube(YoutubeOptions options) : options_(options)
    {
        if (options_.chunk == 0 || options_.chunk % (256 * 1024) != 0)
            throw std::invalid_argument("YouTube takes chunks in multiples of 256 KiB");
    }

    std::string_view name() const override { return "youtube"; }
    std::string_view title() const override { return "YouTube"; }
    std::string_view how_to_connect() const override
    {
        return "connect one on the page of this server, or with `vitrina account connect youtube`";
    }
    bool has_servers() const override { return false; }

    const PlatformRules& rules() const override { return rules_; }
    std::vector<FieldError> validate(const PublishOrder& order) const override
    {
        std::vector<FieldError> errors = check_rules(title(), rules_, order);
        if (const std::size_t length = tag_characters(post_text(order).tags); length > 500)
            errors.push_back(
                {"/tags", "YouTube takes at most 500 characters of tags; these have " + std::to_string(length)});
        const std::string category = option_text(order, "category", "22");
        if (category.empty() || category.size() > 3 ||
            !std::ranges::all_of(category, [](char c) { return c >= '0' && c <= '9'; }))
            errors.push_back({"/category", "must be the number of a YouTube category"});
        return errors;
    }

    std::unique_ptr<Conversation> publish(const PublishOrder& order, const AccountFacts&, std::string_view memory,
                                          const Clock& clock) const override
    {
        return std::make_unique<YoutubeUpload>(order, memory, options_, clock);
    }

    std::unique_ptr<Conversation> remove(const std::string& remote_id, const AccountFacts&,
                                         const Clock& clock) const override
    {
        Send send{.what = "delete the video", .method = "DELETE", .url = api + "videos?id=" + url_escape(remote_id)};
        return make_single_call(std::move(send), removed, clock);
    }

    std::unique_ptr<Conversation> update(const PostEdit& edit, const std::string& remote_id, const AccountFacts&,
                                         const Clock& clock) const override
    {
        return make_youtube_edit(edit, remote_id, clock);
    }

    // One unit of the day's 10,000; two where the video is not there.
    std::unique_ptr<Conversation> look(const std::string& remote_id, const AccountFacts& account,
                                       const Clock& clock) const override
    {
        Send send{.what = "look for the video",
                  .method = "GET",
                  .url = api + "videos?part=status&id=" + url_escape(remote_id)};
        return make_post_look(std::move(send), seen, identify(account, clock), account.remote_id, clock);
    }

    std::unique_ptr<Conversation> identify(const AccountFacts&, const Clock& clock) const override
    {
        Send send{.what = "ask for the channel", .method = "GET", .url = api + "channels?part=snippet&mine=true"};
        return make_single_call(std::move(send), identified, clock);
    }

    std::unique_ptr<Conversation> set_picture(const PublishOrder& order, const std::string& remote_id,
                                              const Clock& clock) const override
    {
        constexpr std::uint64_t largest = 2 * 1024 * 1024;
        const bool wanted = option_yes(order, "thumbnail", true);
        if (!wanted || order.thumbnail_key.empty() || order.thumbnail_size == 0 || order.thumbnail_size > largest)
            return nullptr;
        Send send{.what = "set the thumbnail",
                  .method = "POST",
                  .url = "https://www.googleapis.com/upload/youtube/v3/thumbnails/set?uploadType=media&videoId=" +
                         url_escape(remote_id),
                  .headers = {{"Content-Type", "image/jpeg"}},
                  .slice = Slice{Slice::File::thumbnail, 0, order.thumbnail_size}};
        auto read = [remote_id](const HttpReply& reply, Instant now) {
            return reply.status == 200 ? Step(Published{remote_id, {}}) : youtube_trouble(reply, now);
        };
        return make_single_call(std::move(send), read, clock);
    }
    std::optional<std::string> post_at(std::string_view text, const AccountFacts&) const override
    {
        const auto address = parse_post_address(text);
        if (!address || address->path.empty())
            return std::nullopt;
        const auto& path = address->path;
        std::string id;
        if (address->host == "youtu.be")
            id = path[0];
        else if (address->host == "youtube.com")
            id = path[0] == "watch" ? address->parameter("v") : path[0] == "shorts" ? path.back() : "";
        return is_youtube_video_id(id) ? std::optional(std::move(id)) : std::nullopt;
    }

    std::vector<Demand> demands() const override
    {
        return {
            {"Until Google has audited your project, every video that is uploaded through it stays private.",
             "Hasta que Google audite tu proyecto, todo video que se suba con él queda privado."},
            {"While your project's consent screen is in testing, an account has to be connected again every 7 days.",
             "Mientras la pantalla de consentimiento de tu proyecto esté en pruebas, hay que volver a conectar cada "
             "cuenta cada 7 días."}};
    }
    const Consent* consent() const override { return &consent_; }
    std::optional<Send> refresh(const Grant& grant) const override
    {
        if (grant.refresh_token.empty())
            return std::nullopt;
        return Send{.what = "refresh the token",
                    .method = "POST",
                    .url = "https://oauth2.googleapis.com/token",
                    .headers = {{"Content-Type", "application/x-www-form-urlencoded"}},
                    .before = form_body({{"grant_type", "refresh_token"},
                                         {"refresh_token", grant.refresh_token.reveal()},
                                         {"client_id", grant.client_id},
                                         {"client_secret", grant.client_secret.reveal()}}),
                    .credentials = Send::Credentials::none,
                    .answer_within = 30s};
    }

    RefreshOutcome on_refreshed(const HttpReply& reply) const override
    {
        const ReplyJson json(reply.body);
        const std::string token = json.text({"access_token"});
        if (reply.status == 200 && !token.empty()) {
            FreshTokens fresh{Secret(token), Secret(json.text({"refresh_token"})), {}};
            if (const auto* seconds = json.find({"expires_in"});
                seconds && seconds->is_int64() && seconds->get_int64() > 0)
                fresh.expires_in = std::chrono::seconds(std::min<std::int64_t>(seconds->get_int64(), 86'400 * 365));
            return fresh;
        }
        const std::string error = json.text({"error"});
        if (reply.status == 400 && error == "invalid_grant")
            return GrantDead{"Google says that the permission was revoked or has expired"};
        return RefreshLater{error.empty() ? "Google answered " + std::to_string(reply.status)
                                          : "Google answered \"" + error + "\""};
    }

private:
    YoutubeOptions options_;
    PlatformRules rules_ = youtube_rules();
    YoutubeConsent consent_;
};

} // namespace

std::unique_ptr<Platform> make_youtube(YoutubeOptions options)
{
    return std::make_unique<Youtube>(options);
}

} // namespace vitrina
