#include "publishing/platforms/meta_consent.hpp"

#include "publishing/platforms/meta_reply.hpp"
#include "publishing/platforms/post_address.hpp"
#include "publishing/platforms/post_text.hpp"
#include "publishing/platforms/reply_json.hpp"

#include <algorithm>

namespace vitrina {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view graph = "https://graph.facebook.com/";
constexpr int most_lists = 20; // of 100 pages each

std::vector<std::string> wanted_scopes(MetaConsent::For wanted)
{
    if (wanted == MetaConsent::For::pages)
        return {"pages_show_list", "pages_read_engagement", "pages_manage_posts"};
    return {"instagram_basic", "instagram_content_publish", "pages_show_list", "pages_read_engagement"};
}

ConsentStep refusal(const HttpReply& reply)
{
    const auto error = meta_error(reply);
    if (!error || error->transient || reply.status >= 500)
        return GrantLater{"Facebook answered " + std::to_string(reply.status)};
    return NotGranted{"Facebook says: " + (error->words.empty() ? error->name() : error->words)};
}

class MetaExchange final : public ConsentExchange {
public:
    MetaExchange(MetaConsent::For wanted, std::string version, const ConsentVisit& visit, std::string code)
        : for_(wanted), version_(std::move(version)), visit_(visit), code_(std::move(code))
    {
    }

    ConsentStep resume() override
    {
        return get("exchange the code", "oauth/access_token",
                   {{"client_id", visit_.app.client_id},
                    {"client_secret", visit_.app.client_secret.reveal()},
                    {"redirect_uri", visit_.redirect_uri},
                    {"code", code_}});
    }

    ConsentStep on_reply(const HttpReply& reply) override
    {
        if (reply.status != 200)
            return refusal(reply);
        switch (step_) {
        case Question::code: return on_short_token(reply);
        case Question::longer: return on_long_token(reply);
        case Question::permissions: return on_permissions(reply);
        case Question::pages: return on_pages(reply);
        }
        return NotGranted{};
    }

private:
    enum class Question { code, longer, permissions, pages };

    Send get(std::string what, std::string_view path, const HttpFields& query) const
    {
        return get(std::move(what), std::string(graph) + version_ + "/" + std::string(path) + "?" + form_body(query));
    }
    static Send get(std::string what, std::string url)
    {
        return Send{.what = std::move(what),
                    .method = "GET",
                    .url = std::move(url),
                    .credentials = Send::Credentials::none,
                    .answer_within = 30s};
    }

    // Of the person, good for an hour or two. The page tokens of a longer one do not end.
    ConsentStep on_short_token(const HttpReply& reply)
    {
        const std::string token = ReplyJson(reply.body).text({"access_token"});
        if (token.empty())
            return GrantLater{"Facebook gives no token"};
        step_ = Question::longer;
        return get("ask for a token that lasts", "oauth/access_token",
                   {{"grant_type", "fb_exchange_token"},
                    {"client_id", visit_.app.client_id},
                    {"client_secret", visit_.app.client_secret.reveal()},
                    {"fb_exchange_token", token}});
    }

    ConsentStep on_long_token(const HttpReply& reply)
    {
        token_ = Secret(ReplyJson(reply.body).text({"access_token"}));
        if (token_.empty())
            return GrantLater{"Facebook gives no token that lasts"};
        step_ = Question::permissions;
        return get("ask what was allowed", "me/permissions", {{"access_token", token_.reveal()}});
    }

    ConsentStep on_permissions(const HttpReply& reply)
    {
        const ReplyJson json(reply.body);
        std::vector<std::string> missing = wanted_scopes(for_);
        for (std::size_t i = 0; i < json.size({"data"}); ++i)
            if (json.text({"data", std::to_string(i), "status"}) == "granted")
                std::erase(missing, json.text({"data", std::to_string(i), "permission"}));
        if (!missing.empty())
            return NotGranted{"the permission " + missing.front() + " was left out; it is needed to publish"};
        step_ = Question::pages;
        const char* fields = for_ == MetaConsent::For::pages
                                 ? "id,name,access_token,tasks"
                                 : "id,name,access_token,tasks,instagram_business_account{id,username}";
        return get("ask for the pages", "me/accounts",
                   {{"fields", fields}, {"limit", "100"}, {"access_token", token_.reveal()}});
    }

    ConsentStep on_pages(const HttpReply& reply)
    {
        const ReplyJson json(reply.body);
        for (std::size_t i = 0; i < json.size({"data"}); ++i)
            add(json, std::to_string(i));
        const std::string next = json.text({"paging", "next"});
        if (next.starts_with(graph) && ++lists_ < most_lists)
            return get("ask for more pages", next);
        if (!granted_.identities.empty())
            return granted_;
        return NotGranted{for_ == MetaConsent::For::pages
                              ? "there is no page that this person may publish to"
                              : "there is no professional Instagram account linked to a page of this person: make it a "
                                "business or creator account in the Instagram app, and link it to a Facebook page"};
    }

    void add(const ReplyJson& json, const std::string& at)
    {
        const bool pages = for_ == MetaConsent::For::pages;
        ConnectedIdentity one;
        one.remote_id =
            pages ? json.text({"data", at, "id"}) : json.text({"data", at, "instagram_business_account", "id"});
        one.name = pages ? json.text({"data", at, "name"})
                         : "@" + json.text({"data", at, "instagram_business_account", "username"});
        one.access_token = Secret(json.text({"data", at, "access_token"}));
        bool may_publish = false;
        for (std::size_t i = 0; i < json.size({"data", at, "tasks"}); ++i)
            may_publish = may_publish || json.text({"data", at, "tasks", std::to_string(i)}) == "CREATE_CONTENT";
        if (may_publish && is_numeric_id(one.remote_id) && !one.access_token.empty())
            granted_.identities.push_back(std::move(one));
    }

    MetaConsent::For for_;
    std::string version_;
    ConsentVisit visit_;
    std::string code_;
    Question step_ = Question::code;
    Secret token_;
    int lists_ = 0;
    Granted granted_;
};

} // namespace

std::string MetaConsent::page(const ConsentVisit& visit) const
{
    std::string scope;
    for (const std::string& one : wanted_scopes(for_))
        scope += (scope.empty() ? "" : ",") + one;
    return "https://www.facebook.com/" + version_ + "/dialog/oauth?" +
           form_body({{"client_id", visit.app.client_id},
                      {"redirect_uri", visit.redirect_uri},
                      {"state", visit.state},
                      {"response_type", "code"},
                      {"scope", scope}});
}

std::unique_ptr<ConsentExchange> MetaConsent::exchange(const ConsentVisit& visit, std::string code) const
{
    return std::make_unique<MetaExchange>(for_, version_, visit, std::move(code));
}

} // namespace vitrina
