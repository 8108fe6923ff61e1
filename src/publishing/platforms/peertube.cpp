#include "publishing/platforms/peertube.hpp"

#include "publishing/platforms/peertube_reply.hpp"
#include "publishing/platforms/peertube_sign_in.hpp"
#include "publishing/platforms/peertube_upload.hpp"
#include "publishing/platforms/post_address.hpp"
#include "publishing/platforms/post_look.hpp"
#include "publishing/platforms/post_text.hpp"
#include "publishing/platforms/reply_json.hpp"
#include "publishing/platforms/single_call.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <stdexcept>

namespace vitrina {
namespace {

constexpr std::int64_t most_categories = 18, most_licences = 7;

// What every server agrees on; its own quotas and types it says when the work begins.
PlatformRules peertube_rules()
{
    using Kind = OptionRule::Kind;
    PlatformRules rules;
    rules.title = {.least = 3, .most = 120};
    rules.description = {.most = 10'000};
    rules.tags = {.most = 5, .shortest = 2, .longest = 30};
    rules.media = {.smallest = 1};
    rules.options = {
        {.name = "privacy", .choices = {"public", "unlisted", "private", "internal"}, .fallback = "public"},
        {.name = "category", .kind = Kind::number},
        {.name = "licence", .kind = Kind::number},
        {.name = "language", .length = {.least = 2, .most = 10}},
        {.name = "support", .length = {.least = 3, .most = 1000}},
        {.name = "comments", .choices = {"open", "closed", "approval"}, .fallback = "open"},
        {.name = "downloads", .kind = Kind::flag, .fallback = "true"},
        {.name = "sensitive", .kind = Kind::flag, .fallback = "false"},
    };
    rules.post = {.looked_at = true, .editable = {"title", "description", "tags"}};
    return rules;
}

Step removed(const HttpReply& reply, Instant now)
{
    return reply.status == 204 || reply.status == 404 ? Step(Removed{}) : peertube_trouble(reply, now);
}

// The channel that was chosen, as long as it is there; else the first.
Step identified(const HttpReply& reply, Instant now, const std::string& chosen)
{
    if (reply.status != 200)
        return peertube_trouble(reply, now);
    const std::vector<PeertubeChannel> channels = peertube_channels(reply);
    if (channels.empty())
        return Refused{Refused::Kind::not_permitted, "no_channel", "the account has no channel on the server"};
    const auto kept = std::ranges::find(channels, chosen, &PeertubeChannel::id);
    const PeertubeChannel& channel = kept == channels.end() ? channels.front() : *kept;
    return Identified{channel.id, channel.name};
}

// The new words only. A description that is too short for PeerTube is none.
boost::json::object peertube_words(const PostEdit& edit)
{
    const PostText text = post_text(edit.order);
    boost::json::object words;
    if (edit.changes("title"))
        words["name"] = text.title;
    if (edit.changes("description"))
        words["description"] =
            characters(text.description) < 3 ? boost::json::value() : boost::json::value(text.description);
    if (edit.changes("tags"))
        words["tags"] = boost::json::array(text.tags.begin(), text.tags.end());
    return words;
}

// As the option names it.
std::string privacy_of(const std::string& number)
{
    return number == "1"   ? "public"
           : number == "2" ? "unlisted"
           : number == "3" ? "private"
           : number == "4" ? "internal"
                           : number;
}

std::optional<Step> seen(const HttpReply& reply, Instant now, const std::string& server)
{
    const PeertubeError error = peertube_error(reply);
    if (reply.status == 404 && !(error.code + error.words).empty())
        return std::nullopt;
    const auto video = peertube_video(reply);
    if (!video)
        return peertube_trouble(reply, now);
    return StillThere{server + "/w/" + video->short_uuid,
                      video->waits_for_moderator ? "blocked"
                                                 : privacy_of(ReplyJson(reply.body).text({"privacy", "id"}))};
}

void check_number(const PublishOrder& order, std::string_view name, std::int64_t most, std::vector<FieldError>& errors)
{
    const auto* value = order.options.if_contains(name);
    if (value && value->is_int64() && (value->get_int64() < 1 || value->get_int64() > most))
        errors.push_back({"/" + std::string(name), "must be from 1 to " + std::to_string(most)});
}

class Peertube final : public Platform {
public:
    explicit Peertube(PeertubeOptions options) : options_(options)
    {
        if (options_.chunk == 0)
            throw std::invalid_argument("a piece of an upload has at least one byte");
    }

    std::string_view name() const override { return "peertube"; }
    std::string_view title() const override { return "PeerTube"; }
    std::string_view how_to_connect() const override
    {
        return "connect one on the page of this server, or with `vitrina account connect peertube`";
    }
    bool has_servers() const override { return true; }

    const PlatformRules& rules() const override { return rules_; }
    std::vector<FieldError> validate(const PublishOrder& order) const override
    {
        std::vector<FieldError> errors = check_rules(title(), rules_, order);
        check_number(order, "category", most_categories, errors);
        check_number(order, "licence", most_licences, errors);
        return errors;
    }

    std::unique_ptr<Conversation> publish(const PublishOrder& order, const AccountFacts& account,
                                          std::string_view memory, const Clock& clock) const override
    {
        return std::make_unique<PeertubeUpload>(order, account, memory, options_, clock);
    }

    std::unique_ptr<Conversation> remove(const std::string& remote_id, const AccountFacts& account,
                                         const Clock& clock) const override
    {
        Send send{.what = "delete the video",
                  .method = "DELETE",
                  .url = account.base_url + "/api/v1/videos/" + url_escape(remote_id)};
        return make_single_call(std::move(send), removed, clock);
    }

    // What an update does not name stays as it is.
    std::unique_ptr<Conversation> update(const PostEdit& edit, const std::string& remote_id,
                                         const AccountFacts& account, const Clock& clock) const override
    {
        Send send{.what = "change what the video says",
                  .method = "PUT",
                  .url = account.base_url + "/api/v1/videos/" + url_escape(remote_id),
                  .headers = {{"Content-Type", "application/json"}},
                  .before = boost::json::serialize(peertube_words(edit))};
        auto read = [remote_id](const HttpReply& reply, Instant now) -> Step {
            const PeertubeError error = peertube_error(reply);
            if (reply.status == 404 && !(error.code + error.words).empty())
                return no_post_to_edit();
            return reply.status == 204 ? Step(Published{remote_id, {}}) : peertube_trouble(reply, now);
        };
        return make_single_call(std::move(send), read, clock);
    }

    std::unique_ptr<Conversation> look(const std::string& remote_id, const AccountFacts& account,
                                       const Clock& clock) const override
    {
        Send send{.what = "look for the video",
                  .method = "GET",
                  .url = account.base_url + "/api/v1/videos/" + url_escape(remote_id)};
        auto read = [server = account.base_url](const HttpReply& reply, Instant now) {
            return seen(reply, now, server);
        };
        return make_post_look(std::move(send), read, identify(account, clock), account.remote_id, clock);
    }

    std::unique_ptr<Conversation> identify(const AccountFacts& account, const Clock& clock) const override
    {
        Send send{.what = "ask whose token it is", .method = "GET", .url = account.base_url + "/api/v1/users/me"};
        auto read = [chosen = account.remote_id](const HttpReply& reply, Instant now) {
            return identified(reply, now, chosen);
        };
        return make_single_call(std::move(send), std::move(read), clock);
    }

    // The server takes one from the video.
    std::unique_ptr<Conversation> set_picture(const PublishOrder&, const std::string&, const Clock&) const override
    {
        return nullptr;
    }

    std::optional<std::string> post_at(std::string_view text, const AccountFacts& account) const override
    {
        const auto address = parse_post_address(text);
        const auto server = parse_post_address(account.base_url);
        if (!address || !server || address->host != server->host || address->path.size() < 2)
            return std::nullopt;
        const bool is_video = address->path[0] == "w" || (address->path.size() == 3 && address->path[0] == "videos" &&
                                                          address->path[1] == "watch");
        const std::string& id = address->path.back();
        return is_video && is_peertube_video_id(id) ? std::optional(id) : std::nullopt;
    }

    std::vector<Demand> demands() const override
    {
        return {{"A server may hold videos back until a moderator has seen them.",
                 "Un servidor puede retener los videos hasta que los vea un moderador."},
                {"An account that publishes nothing for two weeks has to be connected again.",
                 "Una cuenta que no publica nada en dos semanas hay que volver a conectarla."}};
    }
    std::unique_ptr<ConsentExchange> sign_in(const SignIn& sign_in) const override
    {
        return make_peertube_sign_in(sign_in);
    }

    // Each refresh token is good for one use.
    std::optional<Send> refresh(const Grant& grant) const override
    {
        if (grant.refresh_token.empty())
            return std::nullopt;
        return Send{.what = "ask for tokens",
                    .method = "POST",
                    .url = grant.base_url + "/api/v1/users/token",
                    .headers = {{"Content-Type", "application/x-www-form-urlencoded"}},
                    .before = form_body({{"client_id", grant.client_id},
                                         {"client_secret", grant.client_secret.reveal()},
                                         {"grant_type", "refresh_token"},
                                         {"refresh_token", grant.refresh_token.reveal()}}),
                    .credentials = Send::Credentials::none,
                    .answer_within = std::chrono::seconds(30)};
    }

    RefreshOutcome on_refreshed(const HttpReply& reply) const override
    {
        if (auto tokens = peertube_tokens(reply))
            return FreshTokens{std::move(tokens->access), std::move(tokens->refresh), tokens->expires_in,
                               tokens->refresh_expires_in};
        const auto [code, words] = peertube_error(reply);
        if (code == "invalid_grant")
            return GrantDead{"the server says that the permission has ended"};
        return RefreshLater{words.empty() ? "the server answered " + std::to_string(reply.status) : words};
    }

private:
    PeertubeOptions options_;
    PlatformRules rules_ = peertube_rules();
};

} // namespace

std::unique_ptr<Platform> make_peertube(PeertubeOptions options)
{
    return std::make_unique<Peertube>(options);
}

} // namespace vitrina
