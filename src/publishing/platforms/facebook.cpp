#include "publishing/platforms/facebook.hpp"

#include "publishing/platforms/facebook_post.hpp"
#include "publishing/platforms/facebook_reply.hpp"
#include "publishing/platforms/meta_consent.hpp"
#include "publishing/platforms/meta_reply.hpp"
#include "publishing/platforms/multipart.hpp"
#include "publishing/platforms/post_address.hpp"
#include "publishing/platforms/post_look.hpp"
#include "publishing/platforms/post_text.hpp"
#include "publishing/platforms/reply_json.hpp"
#include "publishing/platforms/single_call.hpp"

namespace vitrina {
namespace {

using namespace std::chrono_literals;

PlatformRules facebook_rules()
{
    using Kind = OptionRule::Kind;
    PlatformRules rules;
    rules.title = {.most = 255};
    rules.description = {.most = 63'206};
    rules.media = {.smallest = 1, .largest = 10'000'000'000, .longest = 4h};
    rules.options = {
        {.name = "kind", .choices = {"auto", "video", "reel"}, .fallback = "auto"},
        {.name = "category",
         .choices = {"BEAUTY_FASHION", "BUSINESS", "CARS_TRUCKS", "COMEDY", "CUTE_ANIMALS", "ENTERTAINMENT", "FAMILY",
                     "FOOD_HEALTH", "HOME", "LIFESTYLE", "MUSIC", "NEWS", "POLITICS", "SCIENCE", "SPORTS", "TECHNOLOGY",
                     "VIDEO_GAMING", "OTHER"}},
        {.name = "thumbnail", .kind = Kind::flag, .fallback = "true"},
    };
    rules.post = {.looked_at = true, .editable = {"title", "description", "tags"}};
    return rules;
}

// What only reels are held to, whether they were asked for or chosen.
std::vector<FieldError> broken_reel_rules(const PublishOrder& order)
{
    PlatformRules rules;
    rules.media = {.shortest = 3s, .longest = 90s, .narrowest = 540, .lowest = 960, .slowest = 24, .fastest = 60};
    PublishOrder film = order;
    film.options = {}; // these are checked with the other rules
    std::vector<FieldError> errors = check_rules("Facebook's reels", rules, film);
    if (order.width > 0 && order.height > 0 && !is_upright_reel(order))
        errors.push_back({"/kind", "says reel, and the video is not upright at 9:16"});
    return errors;
}

Step removed(const HttpReply& reply, Instant now)
{
    const auto error = meta_error(reply);
    const bool gone = error && error->is(100, 33);
    return gone || is_meta_success(reply) ? Step(Removed{}) : meta_trouble(reply, now, "Facebook");
}

Step identified(const HttpReply& reply, Instant now)
{
    const ReplyJson json(reply.body);
    std::string page = json.text({"id"});
    if (reply.status != 200 || !is_numeric_id(page))
        return meta_trouble(reply, now, "Facebook");
    return Identified{std::move(page), json.text({"name"})};
}

// Without the right to see it, Facebook says the same as of what is not there.
std::optional<Step> seen(const HttpReply& reply, Instant now)
{
    if (const auto error = meta_error(reply); error && error->is(100, 33))
        return std::nullopt;
    const auto video = facebook_video(reply);
    if (!video)
        return meta_trouble(reply, now, "Facebook");
    return StillThere{video->link, video->published == false ? "unpublished" : "public"};
}

class Facebook final : public Platform {
public:
    explicit Facebook(FacebookOptions options)
        : options_(std::move(options)), consent_(MetaConsent::For::pages, options_.version)
    {
    }

    std::string_view name() const override { return "facebook"; }
    std::string_view title() const override { return "Facebook"; }
    std::string_view how_to_connect() const override
    {
        return "connect a page on the page of this server, or with `vitrina account connect facebook`";
    }
    bool has_servers() const override { return false; }

    const PlatformRules& rules() const override { return rules_; }
    std::vector<FieldError> validate(const PublishOrder& order) const override
    {
        std::vector<FieldError> errors = check_rules(title(), rules_, order);
        if (option_text(order, "kind") == "reel")
            for (FieldError& error : broken_reel_rules(order))
                errors.push_back(std::move(error));
        return errors;
    }

    std::unique_ptr<Conversation> publish(const PublishOrder& order, const AccountFacts& account,
                                          std::string_view memory, const Clock& clock) const override
    {
        return std::make_unique<FacebookPost>(order, account, memory, options_, clock);
    }

    std::unique_ptr<Conversation> remove(const std::string& remote_id, const AccountFacts&,
                                         const Clock& clock) const override
    {
        return make_single_call(call("delete the video", "DELETE", url_escape(remote_id)), removed, clock);
    }

    // Tags are part of what Facebook calls the description.
    std::unique_ptr<Conversation> update(const PostEdit& edit, const std::string& remote_id, const AccountFacts&,
                                         const Clock& clock) const override
    {
        HttpFields form;
        if (edit.changes("title"))
            form.emplace_back("name", post_text(edit.order).title);
        if (edit.changes("description") || edit.changes("tags"))
            form.emplace_back("description", facebook_description(edit.order));
        Send send = call("change what the video says", "POST", url_escape(remote_id));
        send.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
        send.before = form_body(form);
        auto read = [remote_id](const HttpReply& reply, Instant now) {
            if (const auto error = meta_error(reply); error && error->is(100, 33))
                return no_post_to_edit();
            return is_meta_success(reply) ? Step(Published{remote_id, {}}) : meta_trouble(reply, now, "Facebook");
        };
        return make_single_call(std::move(send), read, clock);
    }

    std::unique_ptr<Conversation> look(const std::string& remote_id, const AccountFacts& account,
                                       const Clock& clock) const override
    {
        if (!is_numeric_id(remote_id))
            return nullptr;
        auto proof = make_meta_proof(
            call("ask which page the token is for", "GET", "me?fields=id,name"),
            call("ask for the page's videos", "GET", url_escape(account.remote_id) + "/videos?fields=id&limit=1"),
            account.remote_id, clock, "Facebook");
        return make_post_look(call("look for the video", "GET", remote_id + "?fields=status,published,permalink_url"),
                              seen, std::move(proof), account.remote_id, clock);
    }

    std::unique_ptr<Conversation> identify(const AccountFacts&, const Clock& clock) const override
    {
        return make_single_call(call("ask which page the token is for", "GET", "me?fields=id,name"), identified, clock);
    }

    std::unique_ptr<Conversation> set_picture(const PublishOrder& order, const std::string& remote_id,
                                              const Clock& clock) const override
    {
        constexpr std::uint64_t largest = 10 * 1024 * 1024;
        const bool wanted = option_yes(order, "thumbnail", true) && !is_facebook_reel(order);
        if (!wanted || order.thumbnail_key.empty() || order.thumbnail_size == 0 || order.thumbnail_size > largest)
            return nullptr;
        MultipartFile body = multipart_thumbnail(order, {{"is_preferred", "true"}}, "source");
        Send send = call("set the thumbnail", "POST", url_escape(remote_id) + "/thumbnails");
        send.headers = {{"Content-Type", body.content_type}};
        send.before = std::move(body.before);
        send.slice = Slice{Slice::File::thumbnail, 0, order.thumbnail_size};
        send.after = std::move(body.after);
        auto read = [remote_id](const HttpReply& reply, Instant now) {
            return is_meta_success(reply) ? Step(Published{remote_id, {}}) : meta_trouble(reply, now, "Facebook");
        };
        return make_single_call(std::move(send), read, clock);
    }

    std::optional<std::string> post_at(std::string_view text, const AccountFacts&) const override
    {
        const auto address = parse_post_address(text);
        if (!address || address->host != "facebook.com" || address->path.empty())
            return std::nullopt;
        const auto& path = address->path;
        std::string id;
        if (path[0] == "watch")
            id = address->parameter("v");
        else if (path.size() >= 2 && path[0] == "reel")
            id = path[1];
        else if (path.size() >= 3 && path[1] == "videos")
            id = path.back(); // "/page/videos/1", and "/page/videos/its-title/1"
        return is_numeric_id(id) ? std::optional(std::move(id)) : std::nullopt;
    }

    const Consent* consent() const override { return &consent_; }
    std::vector<Demand> demands() const override
    {
        return {
            {"Before Meta's review the app works for people with a role in it only, and some of what it posts is seen "
             "by them alone.",
             "Antes de la revisión de Meta la aplicación solo funciona para quienes tienen un papel en ella, y parte "
             "de lo que publica lo ven solo esas personas."},
            {"Facebook may want the app to be allowed again after 90 days, and always after a new password.",
             "Facebook puede pedir que se permita la aplicación de nuevo a los 90 días, y siempre tras cambiar la "
             "contraseña."}};
    }

    // A page's token does not end by itself.
    std::optional<Send> refresh(const Grant&) const override { return std::nullopt; }
    RefreshOutcome on_refreshed(const HttpReply&) const override
    {
        return RefreshLater{"Facebook's page tokens are not refreshed"};
    }

private:
    Send call(std::string what, std::string method, std::string path) const
    {
        return Send{.what = std::move(what),
                    .method = std::move(method),
                    .url = "https://graph.facebook.com/" + options_.version + "/" + std::move(path),
                    .credentials = Send::Credentials::query};
    }

    FacebookOptions options_;
    PlatformRules rules_ = facebook_rules();
    MetaConsent consent_;
};

} // namespace

std::unique_ptr<Platform> make_facebook(FacebookOptions options)
{
    return std::make_unique<Facebook>(std::move(options));
}

} // namespace vitrina
