#include "publishing/platforms/vimeo.hpp"

#include "publishing/platforms/post_address.hpp"
#include "publishing/platforms/post_look.hpp"
#include "publishing/platforms/post_text.hpp"
#include "publishing/platforms/reply_json.hpp"
#include "publishing/platforms/single_call.hpp"
#include "publishing/platforms/vimeo_consent.hpp"
#include "publishing/platforms/vimeo_edit.hpp"
#include "publishing/platforms/vimeo_reply.hpp"
#include "publishing/platforms/vimeo_upload.hpp"

#include <stdexcept>

namespace vitrina {
namespace {

PlatformRules vimeo_rules()
{
    using Kind = OptionRule::Kind;
    PlatformRules rules;
    rules.title = {.least = 1, .most = 128};
    rules.description = {.most = 5000};
    rules.tags = {.most = 20};
    rules.media = {.smallest = 1};
    rules.options = {
        {.name = "privacy", .choices = {"public", "unlisted", "private", "embed_only"}, .fallback = "public"},
        {.name = "comments", .kind = Kind::flag, .fallback = "true"},
        {.name = "downloads", .kind = Kind::flag, .fallback = "false"},
        {.name = "license", .choices = {"by", "by-nc", "by-nc-nd", "by-nc-sa", "by-nd", "by-sa", "cc0"}},
        {.name = "language", .length = {.least = 2, .most = 10}},
    };
    rules.post = {.looked_at = true, .editable = {"title", "description", "tags"}};
    return rules;
}

Send api_call(std::string what, std::string method, std::string path)
{
    return Send{.what = std::move(what),
                .method = std::move(method),
                .url = "https://api.vimeo.com" + std::move(path),
                .headers = {{"Accept", std::string(vimeo_accept)}}};
}

Step removed(const HttpReply& reply, Instant now)
{
    return reply.status == 204 || reply.status == 404 ? Step(Removed{}) : vimeo_trouble(reply, now);
}

Step identified(const HttpReply& reply, Instant now)
{
    if (reply.status != 200)
        return vimeo_trouble(reply, now);
    const ReplyJson json(reply.body);
    std::string id = vimeo_id(json.text({"uri"}));
    if (id.empty())
        return Refused{Refused::Kind::not_permitted, "no_account", "Vimeo does not say whose token it is"};
    return Identified{std::move(id), json.text({"name"})};
}

// As the option names it.
std::string privacy_of(const std::string& view)
{
    return view == "anybody" ? "public" : view == "nobody" ? "private" : view == "disable" ? "embed_only" : view;
}

std::optional<Step> seen(const HttpReply& reply, Instant now)
{
    const VimeoError error = vimeo_error(reply);
    if (reply.status == 404 && !(error.code + error.words).empty())
        return std::nullopt;
    const auto video = vimeo_video(reply);
    if (!video)
        return vimeo_trouble(reply, now);
    return StillThere{video->link, privacy_of(ReplyJson(reply.body).text({"privacy", "view"}))};
}

class Vimeo final : public Platform {
public:
    explicit Vimeo(VimeoOptions options) : options_(options)
    {
        if (options_.chunk == 0)
            throw std::invalid_argument("a piece of an upload has at least one byte");
    }

    std::string_view name() const override { return "vimeo"; }
    std::string_view title() const override { return "Vimeo"; }
    std::string_view how_to_connect() const override
    {
        return "connect one on the page of this server, or with `vitrina account connect vimeo`";
    }
    bool has_servers() const override { return false; }

    const PlatformRules& rules() const override { return rules_; }
    std::vector<FieldError> validate(const PublishOrder& order) const override
    {
        return check_rules(title(), rules_, order);
    }

    std::unique_ptr<Conversation> publish(const PublishOrder& order, const AccountFacts&, std::string_view memory,
                                          const Clock& clock) const override
    {
        return std::make_unique<VimeoUpload>(order, memory, options_, clock);
    }

    std::unique_ptr<Conversation> remove(const std::string& remote_id, const AccountFacts&,
                                         const Clock& clock) const override
    {
        return make_single_call(api_call("delete the video", "DELETE", "/videos/" + url_escape(remote_id)), removed,
                                clock);
    }

    std::unique_ptr<Conversation> update(const PostEdit& edit, const std::string& remote_id, const AccountFacts&,
                                         const Clock& clock) const override
    {
        return make_vimeo_edit(edit, remote_id, clock);
    }

    std::unique_ptr<Conversation> look(const std::string& remote_id, const AccountFacts& account,
                                       const Clock& clock) const override
    {
        Send send =
            api_call("look for the video", "GET", "/videos/" + url_escape(remote_id) + "?fields=uri,link,privacy.view");
        return make_post_look(std::move(send), seen, identify(account, clock), account.remote_id, clock);
    }

    std::unique_ptr<Conversation> identify(const AccountFacts&, const Clock& clock) const override
    {
        return make_single_call(api_call("ask whose token it is", "GET", "/me?fields=uri,name"), identified, clock);
    }

    // Vimeo takes a frame of the video.
    std::unique_ptr<Conversation> set_picture(const PublishOrder&, const std::string&, const Clock&) const override
    {
        return nullptr;
    }

    std::optional<std::string> post_at(std::string_view text, const AccountFacts&) const override
    {
        const auto address = parse_post_address(text);
        if (!address || address->host != "vimeo.com" || address->path.empty())
            return std::nullopt;
        // vimeo.com/123, vimeo.com/123/hash of what is unlisted, vimeo.com/manage/videos/123
        const bool managed = address->path.size() >= 3 && address->path[0] == "manage";
        const std::string& id = managed ? address->path[2] : address->path[0];
        return is_numeric_id(id) ? std::optional(id) : std::nullopt;
    }

    std::vector<Demand> demands() const override
    {
        return {{"The plan of the Vimeo account limits how much can be uploaded.",
                 "El plan de la cuenta de Vimeo limita cuánto se puede subir."}};
    }
    const Consent* consent() const override { return &consent_; }

    // Vimeo's tokens do not end by themselves.
    std::optional<Send> refresh(const Grant&) const override { return std::nullopt; }
    RefreshOutcome on_refreshed(const HttpReply&) const override
    {
        return GrantDead{"Vimeo does not take the access token"};
    }

private:
    VimeoOptions options_;
    PlatformRules rules_ = vimeo_rules();
    VimeoConsent consent_;
};

} // namespace

std::unique_ptr<Platform> make_vimeo(VimeoOptions options)
{
    return std::make_unique<Vimeo>(options);
}

} // namespace vitrina
