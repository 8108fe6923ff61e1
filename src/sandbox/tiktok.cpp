#include "sandbox/tiktok.hpp"

#include "core/digest.hpp"
#include "sandbox/checks.hpp"
#include "sandbox/tiktok_oauth.hpp"
#include "sandbox/tiktok_upload.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <array>

namespace vitrina::sandbox {
namespace {

namespace json = boost::json;

constexpr const char* api = "open.tiktokapis.com";

class Tiktok final : public Network {
public:
    explicit Tiktok(World& world) : world_(world), limits_(world), upload_(world, limits_) {}

    std::string_view name() const override { return "tiktok"; }
    std::vector<Operation> operations() override;
    Response refuse(std::string_view operation, const Refusal& refusal) const override;
    json::object make_account(const json::object& wanted) override;

private:
    Response user_info(Call& call);
    Response status(Call& call);
    Response watch(Call& call);

    Account account_of(const Token& token) const { return world_.accounts.find("tiktok", token.account).value(); }
    bool was_posted(const Post& draft) const;

    World& world_;
    TiktokLimits limits_;
    TiktokUpload upload_;
};

std::vector<Operation> Tiktok::operations()
{
    std::vector<Operation> all = tiktok_oauth_operations(world_);
    const std::string publish = "/v2/post/publish/";
    const std::vector<Operation> here{
        {"user.info", api, Method::get, "/v2/user/info/", [this](Call& c) { return user_info(c); }},
        {"creator_info", api, Method::post, publish + "creator_info/query/",
         [this](Call& c) { return upload_.creator_info(c); }},
        {"video.init", api, Method::post, publish + "video/init/", [this](Call& c) { return upload_.init(c); }},
        {"inbox.init", api, Method::post, publish + "inbox/video/init/",
         [this](Call& c) { return upload_.init_inbox(c); }},
        {"status.fetch", api, Method::post, publish + "status/fetch/", [this](Call& c) { return status(c); }},
        {"video.upload",
         "open-upload.tiktokapis.com",
         Method::put,
         "/video/",
         {},
         [this](Call& c) { return upload_.put(c); }},
        {"watch", "www.tiktok.com", Method::get, "/{user}/video/{id}", [this](Call& c) { return watch(c); }},
    };
    all.insert(all.end(), here.begin(), here.end());
    return all;
}

// The checks that all networks share speak Google's words.
std::string code_of(const Refusal& refusal)
{
    static constexpr std::array google{"badRequest",     "badContent",     "required", "invalidParameter",
                                       "lengthRequired", "uploadTooLarge", "notFound", "missingRequiredParameter",
                                       "parseError"};
    if (refusal.status == 401 && (refusal.reason == "required" || refusal.reason == "authError"))
        return "access_token_invalid";
    if (refusal.reason == "insufficientPermissions")
        return "scope_not_authorized";
    if (refusal.status == 429)
        return "rate_limit_exceeded";
    if (refusal.status >= 500)
        return "internal_error";
    const bool is_google = std::find(google.begin(), google.end(), refusal.reason) != google.end();
    return is_google ? "invalid_params" : refusal.reason;
}

Response Tiktok::refuse(std::string_view operation, const Refusal& refusal) const
{
    if (operation.starts_with("oauth."))
        return tiktok_oauth_refusal(refusal);
    if (operation == "video.upload") // another host, which speaks no JSON
        return Response(refusal.status, "text/plain; charset=utf-8", refusal.words);
    const std::string code = code_of(refusal);
    const int status = code == "scope_not_authorized" ? 401 : refusal.status;
    Response response = json_response(
        status, json::object{{"data", json::object()},
                             {"error", {{"code", code}, {"message", refusal.words}, {"log_id", "sandbox"}}}});
    if (refusal.reset)
        response.headers.add(
            "Retry-After",
            std::to_string(std::chrono::ceil<std::chrono::seconds>(*refusal.reset - world_.clock.now()).count()));
    return response;
}

json::object Tiktok::make_account(const json::object& wanted)
{
    check_members(wanted, "",
                  {{"network", Kind::text},
                   {"name", Kind::text, true},
                   {"audited", Kind::boolean},
                   {"private", Kind::boolean},
                   {"comment", Kind::boolean},
                   {"duet", Kind::boolean},
                   {"stitch", Kind::boolean},
                   {"longest", Kind::number},
                   {"posts_drafts_after", Kind::number},
                   {"scopes", Kind::text},
                   {"limits", Kind::boolean}});
    const std::string name = text_of(wanted, "name");
    // Made again, an account keeps its id and its program: that is a reconnect.
    const auto known = world_.accounts.find("tiktok", name);
    Account account{"tiktok", name, known ? known->id : "-000" + world_.names.token(32)};
    account.options = json::serialize(wanted);
    world_.accounts.add(account);
    const std::string client_key = "sandbox" + hex(std::as_bytes(std::span(name)));
    auto client = world_.accounts.find_client("tiktok", client_key);
    if (!client) {
        client = Client{"tiktok", client_key, world_.names.token(32), "Vitrina"};
        world_.accounts.add(*client);
    }
    const std::string scopes =
        wanted.contains("scopes") ? text_of(wanted, "scopes") : std::string(tiktok_scopes::everything);
    const TiktokPair pair = fresh_tiktok_tokens(world_, name, client_key, scopes);
    return {{"network", "tiktok"},
            {"name", name},
            {"client_id", client_key},
            {"client_secret", client->secret},
            {"access_token", pair.access.value},
            {"refresh_token", pair.refresh.value},
            {"scopes", scopes},
            {"open_id", account.id}};
}

Response Tiktok::user_info(Call& call)
{
    const Account account = account_of(require_bearer(call, tiktok_scopes::reading));
    allow_query(call, {"fields"});
    const json::object all{{"open_id", account.id},
                           {"union_id", "union" + account.id},
                           {"avatar_url", "https://www.tiktok.com/sandbox.png"},
                           {"display_name", account.name + " (sandbox)"}};
    json::object user;
    const std::string fields = require_query(call, "fields");
    std::string_view rest = fields;
    while (!rest.empty()) {
        const std::string_view name = rest.substr(0, rest.find(','));
        rest.remove_prefix(std::min(name.size() + 1, rest.size()));
        if (!all.contains(name))
            throw Refusal{400, "invalid_params", "The field is unknown: " + std::string(name)};
        user[name] = all.at(name);
    }
    return tiktok_answer(200, {{"user", std::move(user)}});
}

bool Tiktok::was_posted(const Post& draft) const
{
    const Account account = world_.accounts.find("tiktok", draft.account).value();
    const json::object options = json::parse(account.options).as_object();
    const json::value* after = options.if_contains("posts_drafts_after");
    return after && draft.ready + std::chrono::seconds{after->as_int64()} <= world_.clock.now();
}

Response Tiktok::status(Call& call)
{
    const Token token = require_bearer(call, {"video.publish", "video.upload"});
    allow_query(call, {});
    const json::object body = require_json(call);
    check_members(body, "", {{"publish_id", Kind::text, true}});
    limits_.count_status(call, account_of(token));
    const auto upload = world_.uploads.find("tiktok", text_of(body, "publish_id"));
    if (!upload)
        throw Refusal{400, "invalid_publish_id", "The publish_id does not exist."};
    if (upload->account != token.account)
        throw Refusal{401, "token_not_authorized_for_specified_publish_id", "The publish_id is another account's."};

    const Instant now = world_.clock.now();
    const auto post = upload->post.empty() ? std::nullopt : world_.ledger.find("tiktok", upload->post);
    json::object data{{"uploaded_bytes", upload->received}};
    if (!post || post->ready > now) {
        data["status"] = "PROCESSING_UPLOAD";
    } else if (!post->failure.empty()) {
        data["status"] = "FAILED";
        data["fail_reason"] = post->failure;
    } else if (post->kind == "draft" && !was_posted(*post)) {
        data["status"] = "SEND_TO_USER_INBOX";
    } else {
        data["status"] = "PUBLISH_COMPLETE";
        // Spelled as TikTok spells it, and numbers that no double can hold.
        if (post->privacy == "PUBLIC_TO_EVERYONE" && post->listed <= now)
            data["publicaly_available_post_id"] = json::array{to_number(post->id)};
    }
    return tiktok_answer(200, std::move(data));
}

Response Tiktok::watch(Call& call)
{
    const auto post = world_.ledger.find("tiktok", call.parameter("id"));
    if (!post || post->privacy != "PUBLIC_TO_EVERYONE" || call.parameter("user") != "@" + post->account)
        return Response(404, "text/plain; charset=utf-8", "Sandbox: this video isn't available.\n");
    return Response(200, "text/plain; charset=utf-8", "Sandbox, not TikTok.\n\n" + post->text + "\n");
}

} // namespace

Response tiktok_answer(int status, json::object data)
{
    return json_response(status, json::object{{"data", std::move(data)},
                                              {"error", {{"code", "ok"}, {"message", ""}, {"log_id", "sandbox"}}}});
}

std::vector<std::string> tiktok_privacy_levels(const Account& account)
{
    const std::string widest = is_set(account, "private", false) ? "FOLLOWER_OF_CREATOR" : "PUBLIC_TO_EVERYONE";
    return {widest, "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY"};
}

bool is_audited_for_tiktok(const Account& account)
{
    return is_set(account, "audited", true);
}

std::unique_ptr<Network> make_tiktok(World& world)
{
    return std::make_unique<Tiktok>(world);
}

} // namespace vitrina::sandbox
