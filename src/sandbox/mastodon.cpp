#include "sandbox/mastodon.hpp"

#include "sandbox/checks.hpp"
#include "sandbox/consent.hpp"
#include "sandbox/google_oauth.hpp"
#include "sandbox/mastodon_media.hpp"
#include "sandbox/rate_window.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <charconv>

namespace vitrina::sandbox {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

constexpr const char* host = "mastodon.sandbox.test";
constexpr std::string_view base = "https://mastodon.sandbox.test";
constexpr std::string_view usual_scopes = "profile write:media write:statuses read:statuses";
constexpr auto idempotency_life = 1h;
constexpr auto least_delay = 5min;

class Mastodon final : public Network {
public:
    explicit Mastodon(World& world) : world_(world), media_(world)
    {
        world_.database.run("CREATE TABLE IF NOT EXISTS mastodon_keys (account TEXT, key TEXT, status TEXT, at INTEGER,"
                            " PRIMARY KEY (account, key))");
    }

    std::string_view name() const override { return "mastodon"; }
    std::vector<Operation> operations() override;
    Response refuse(std::string_view operation, const Refusal& refusal) const override;
    json::object make_account(const json::object& wanted) override;

private:
    Response register_app(Call& call);
    Response token(Call& call);
    Response revoke(Call& call);
    Response verify(Call& call);
    Response instance(Call& call);
    Task<Response> upload(Call& call);
    Response post(Call& call);
    Response show(Call& call);
    Response edit(Call& call);
    Response remove(Call& call);
    Response statuses(Call& call);
    Response show_scheduled(Call& call);
    Response cancel_scheduled(Call& call);
    Response public_page(Call& call);

    Token require(const Call& call, std::initializer_list<std::string_view> scopes, std::string_view bucket = "calls");
    Post require_status(const Call& call, std::string_view kind) const;
    std::optional<Post> posted_with(const Token& token, std::string_view key) const;
    json::object status_json(const Post& post) const;
    json::object account_json(const Account& account) const;
    Account account_of(const Token& token) const { return world_.accounts.find("mastodon", token.account).value(); }

    World& world_;
    MastodonMedia media_;
    RateWindow calls_{300, 5min}, uploads_{30, 30min}, deletes_{30, 30min};
};

std::vector<Operation> Mastodon::operations()
{
    return {
        {"apps.create", host, Method::post, "/api/v1/apps", [this](Call& c) { return register_app(c); }},
        {"oauth.authorize", host, Method::get, "/oauth/authorize",
         [](Call& c) {
        allow_query(c, {"client_id", "redirect_uri", "response_type", "scope", "state", "code_challenge",
                        "code_challenge_method", "force_login", "lang"});
        return ask_for_consent(c);
    }},
        {"oauth.allow", host, Method::post, "/oauth/authorize", [](Call& c) { return give_code(c); }},
        {"oauth.token", host, Method::post, "/oauth/token", [this](Call& c) { return token(c); }},
        {"oauth.revoke", host, Method::post, "/oauth/revoke", [this](Call& c) { return revoke(c); }},
        {"accounts.verify", host, Method::get, "/api/v1/accounts/verify_credentials",
         [this](Call& c) { return verify(c); }},
        {"instance", host, Method::get, "/api/v2/instance", [this](Call& c) { return instance(c); }},
        {"media.create", host, Method::post, "/api/v2/media", {}, [this](Call& c) { return upload(c); }},
        {"media.show", host, Method::get, "/api/v1/media/{id}",
         [this](Call& c) { return media_.show(c, require(c, {"write", "write:media"})); }},
        {"media.delete", host, Method::del, "/api/v1/media/{id}",
         [this](Call& c) { return media_.remove(c, require(c, {"write", "write:media"})); }},
        {"statuses.create", host, Method::post, "/api/v1/statuses", [this](Call& c) { return post(c); }},
        {"statuses.show", host, Method::get, "/api/v1/statuses/{id}", [this](Call& c) { return show(c); }},
        {"statuses.edit", host, Method::put, "/api/v1/statuses/{id}", [this](Call& c) { return edit(c); }},
        {"statuses.delete", host, Method::del, "/api/v1/statuses/{id}", [this](Call& c) { return remove(c); }},
        {"accounts.statuses", host, Method::get, "/api/v1/accounts/{id}/statuses",
         [this](Call& c) { return statuses(c); }},
        {"scheduled.show", host, Method::get, "/api/v1/scheduled_statuses/{id}",
         [this](Call& c) { return show_scheduled(c); }},
        {"scheduled.delete", host, Method::del, "/api/v1/scheduled_statuses/{id}",
         [this](Call& c) { return cancel_scheduled(c); }},
        {"page", host, Method::get, "/{handle}/{id}", [this](Call& c) { return public_page(c); }},
    };
}

Response Mastodon::refuse(std::string_view operation, const Refusal& refusal) const
{
    if (operation.starts_with("oauth."))
        return oauth_refusal(refusal);
    std::string words = refusal.words;
    if (refusal.status == 401)
        words = "The access token is invalid";
    else if (refusal.reason == "insufficientPermissions")
        words = "This action is outside the authorized scopes";
    else if (refusal.status == 429)
        words = "Too many requests";
    Response response = json_response(refusal.status, json::object{{"error", words}});
    if (refusal.reset) {
        response.headers.add("X-RateLimit-Limit", "300");
        response.headers.add("X-RateLimit-Remaining", "0");
        response.headers.add("X-RateLimit-Reset", rfc3339(*refusal.reset));
    }
    return response;
}

json::object Mastodon::make_account(const json::object& wanted)
{
    check_members(
        wanted, "",
        {{"network", Kind::text}, {"name", Kind::text, true}, {"scopes", Kind::text}, {"limits", Kind::boolean}});
    const std::string name = text_of(wanted, "name");
    const auto known = world_.accounts.find("mastodon", name);
    Account account{"mastodon", name, known ? known->id : world_.names.number(18)};
    account.options = json::serialize(wanted);
    world_.accounts.add(account);
    const Client client{"mastodon", world_.names.token(43), world_.names.token(43), "Vitrina"};
    world_.accounts.add(client);
    const std::string scopes = wanted.contains("scopes") ? text_of(wanted, "scopes") : std::string(usual_scopes);
    const Token access{world_.names.token(43), "access", "mastodon", name, client.id, scopes, "", Instant::max()};
    world_.accounts.add(access);
    return {{"network", "mastodon"},
            {"name", name},
            {"base_url", base},
            {"client_id", client.id},
            {"client_secret", client.secret},
            {"access_token", access.value},
            {"scopes", scopes},
            {"account_id", account.id}};
}

Token Mastodon::require(const Call& call, std::initializer_list<std::string_view> scopes, std::string_view bucket)
{
    const Token token = require_bearer(call, scopes);
    if (const auto fault = call.scripted("rate_limited"))
        throw Refusal{429, "rateLimited", "", "",
                      world_.clock.now() + std::chrono::seconds{fault->reset.value_or(300)}};
    if (is_set(account_of(token), "limits", false)) {
        calls_.count(token.account, world_.clock.now());
        if (bucket == "media")
            uploads_.count(token.account, world_.clock.now());
        if (bucket == "deletes")
            deletes_.count(token.account, world_.clock.now());
    }
    return token;
}

Response Mastodon::register_app(Call& call)
{
    const FormFields form = require_form_or_json(call, {"client_name", "redirect_uris", "scopes", "website"});
    if (field(form, "client_name").empty())
        throw Refusal{422, "invalid", "Validation failed: Application name can't be blank"};
    if (field(form, "redirect_uris").empty())
        throw Refusal{422, "invalid", "Validation failed: Redirect URI must be an absolute URI."};
    const Client client{"mastodon",
                        world_.names.token(43),
                        world_.names.token(43),
                        field(form, "client_name"),
                        field(form, "redirect_uris"),
                        field(form, "scopes")};
    world_.accounts.add(client);
    return json_response(200, json::object{{"id", world_.names.number(6)},
                                           {"name", client.name},
                                           {"website", field(form, "website")},
                                           {"redirect_uri", client.redirect_uris},
                                           {"client_id", client.id},
                                           {"client_secret", client.secret}});
}

Response Mastodon::token(Call& call)
{
    const FormFields form = require_form_or_json(
        call, {"grant_type", "code", "client_id", "client_secret", "redirect_uri", "scope", "code_verifier"});
    const auto client = world_.accounts.find_client("mastodon", field(form, "client_id"));
    if (!client || client->secret != field(form, "client_secret"))
        throw Refusal{401, "invalid_client",
                      "Client authentication failed due to unknown client, no client authentication included,"
                      " or unsupported authentication method."};
    if (field(form, "grant_type") != "authorization_code")
        throw Refusal{400, "unsupported_grant_type",
                      "The authorization grant type is not supported by the authorization server."};
    Token access = redeem_code(world_, "mastodon", *client, form);
    access.kind = "access";
    access.value = world_.names.token(43);
    access.details = "";
    access.expires = Instant::max(); // Mastodon's tokens live until they are revoked
    world_.accounts.add(access);
    const auto created = std::chrono::floor<std::chrono::seconds>(world_.clock.now()).time_since_epoch().count();
    return json_response(200, json::object{{"access_token", access.value},
                                           {"token_type", "Bearer"},
                                           {"scope", access.scopes},
                                           {"created_at", created}});
}

Response Mastodon::revoke(Call& call)
{
    const FormFields form = require_form_or_json(call, {"client_id", "client_secret", "token"});
    const auto access = world_.accounts.find_token("mastodon", "access", field(form, "token"));
    const auto client = world_.accounts.find_client("mastodon", field(form, "client_id"));
    if (!client || client->secret != field(form, "client_secret") || (access && access->client != client->id))
        throw Refusal{403, "unauthorized_client", "You are not authorized to revoke this token"};
    if (access)
        world_.accounts.remove_token(access->value);
    return json_response(200, json::object());
}

json::object Mastodon::account_json(const Account& account) const
{
    return {{"id", account.id},
            {"username", account.name},
            {"acct", account.name},
            {"display_name", account.name + " (sandbox)"},
            {"url", std::string(base) + "/@" + account.name},
            {"bot", false},
            {"locked", false}};
}

Response Mastodon::verify(Call& call)
{
    const Token token = require(call, {"read", "profile", "read:accounts"});
    return json_response(200, account_json(account_of(token)));
}

Response Mastodon::instance(Call& call)
{
    allow_query(call, {});
    json::array types;
    for (const std::string_view type : mastodon_limits::types)
        types.emplace_back(type);
    const json::object statuses{{"max_characters", mastodon_limits::status},
                                {"max_media_attachments", mastodon_limits::attachments},
                                {"characters_reserved_per_url", mastodon_limits::address}};
    const json::object media{{"supported_mime_types", types},  {"description_limit", mastodon_limits::description},
                             {"image_size_limit", 16'777'216}, {"video_size_limit", mastodon_limits::video_bytes},
                             {"video_frame_rate_limit", 120},  {"video_matrix_limit", 8'294'400}};
    return json_response(200, json::object{{"domain", host},
                                           {"title", "Vitrina sandbox"},
                                           {"version", "4.4.0"},
                                           {"configuration", {{"statuses", statuses}, {"media_attachments", media}}}});
}

Task<Response> Mastodon::upload(Call& call)
{
    const Token token = require(call, {"write", "write:media"}, "media");
    Response response = co_await media_.create(call, token);
    co_return response;
}

std::optional<Post> Mastodon::posted_with(const Token& token, std::string_view key) const
{
    const Instant oldest = world_.clock.now() - idempotency_life;
    const auto rows = world_.database.rows("SELECT status FROM mastodon_keys WHERE account = ? AND key = ? AND at > ?",
                                           token.account, key, oldest);
    const auto post = rows.empty() ? std::nullopt : world_.ledger.find("mastodon", rows.front().front());
    return post && !post->deleted ? post : std::nullopt;
}

void check_status(const json::object& body, bool has_media = false)
{
    check_members(body, "",
                  {{"status", Kind::text},
                   {"media_ids", Kind::texts},
                   {"visibility", Kind::text},
                   {"sensitive", Kind::boolean},
                   {"spoiler_text", Kind::text},
                   {"language", Kind::text},
                   {"scheduled_at", Kind::text}});
    const std::string text = text_of(body, "status");
    const bool blank = text.find_first_not_of(" \t\r\n") == text.npos;
    if (blank && !has_media && texts_of(body, "media_ids").empty())
        throw Refusal{422, "invalid", "Validation failed: Text can't be blank"};
    if (count_status_characters(text) + count_characters(text_of(body, "spoiler_text")).value_or(0) >
        mastodon_limits::status)
        throw Refusal{422, "invalid", "Validation failed: Text character limit of 500 exceeded"};
    const std::string visibility = text_of(body, "visibility");
    const auto known = {"public", "unlisted", "private", "direct"};
    if (body.contains("visibility") && std::find(known.begin(), known.end(), visibility) == known.end())
        throw Refusal{422, "invalid", "Validation failed: Visibility is not included in the list"};
    const std::string language = text_of(body, "language");
    if (body.contains("language") && (language.size() < 2 || language.size() > 3))
        throw Refusal{422, "invalid", "Validation failed: Language is invalid"};
}

Response Mastodon::post(Call& call)
{
    const Token token = require(call, {"write", "write:statuses"});
    allow_query(call, {});
    const std::string key(call.request.headers.get("Idempotency-Key"));
    if (!key.empty())
        if (const auto earlier = posted_with(token, key))
            return json_response(200, status_json(*earlier));

    const json::object body = require_json(call);
    check_status(body);
    const auto media = media_.require_ready(token, texts_of(body, "media_ids"));
    Post post{"mastodon", token.account, world_.names.number(18), "status"};
    if (body.contains("scheduled_at")) {
        const auto due = parse_iso_time(text_of(body, "scheduled_at"));
        if (!due || *due < world_.clock.now() + least_delay)
            throw Refusal{422, "invalid", "Validation failed: Scheduled at The scheduled date must be in the future"};
        post.listed = *due;
        post.kind = "scheduled_status";
    }
    post.text = text_of(body, "status");
    post.privacy = body.contains("visibility") ? text_of(body, "visibility") : "public";
    post.details = json::serialize(body);
    post.url = std::string(base) + "/@" + token.account + "/" + post.id;
    post.ready = world_.clock.now();
    for (const Media& one : media) {
        post.sha256 = one.sha256;
        post.size += one.size;
        post.source += (post.source.empty() ? "" : ",") + one.id;
    }
    Transaction transaction(world_.database);
    post = accept(call, std::move(post));
    media_.attach(media, post.id);
    if (!key.empty())
        world_.database.run("INSERT OR REPLACE INTO mastodon_keys VALUES (?, ?, ?, ?)", token.account, key, post.id,
                            world_.clock.now());
    transaction.commit();
    return json_response(200, status_json(post));
}

// A ScheduledStatus has another shape, and no address until its time has come.
json::object Mastodon::status_json(const Post& post) const
{
    json::array attachments;
    for (const Media& media : media_.of_status(post.id))
        attachments.push_back(media_.json(media));
    if (post.kind == "scheduled_status" && world_.clock.now() < post.listed)
        return {{"id", post.id},
                {"scheduled_at", rfc3339(post.listed)},
                {"params", json::parse(post.details)},
                {"media_attachments", attachments}};
    const json::object body = json::parse(post.details).as_object();
    return {{"id", post.id},
            {"created_at", rfc3339(post.accepted)},
            {"uri", std::string(base) + "/users/" + post.account + "/statuses/" + post.id},
            {"url", post.url},
            {"content", "<p>" + html_escape(post.text) + "</p>"},
            {"visibility", post.privacy},
            {"sensitive", body.contains("sensitive") && body.at("sensitive").as_bool()},
            {"spoiler_text", text_of(body, "spoiler_text")},
            {"language", body.contains("language") ? json::value(text_of(body, "language")) : json::value()},
            {"account", account_json(world_.accounts.find("mastodon", post.account).value())},
            {"media_attachments", attachments}};
}

Post Mastodon::require_status(const Call& call, std::string_view kind) const
{
    const auto post = world_.ledger.find("mastodon", call.parameter("id"));
    const bool scheduled = post && post->kind == "scheduled_status" && world_.clock.now() < post->listed;
    if (!post || post->deleted || scheduled != (kind == "scheduled_status"))
        throw Refusal{404, "notFound", "Record not found"};
    return *post;
}

Response Mastodon::show(Call& call)
{
    require(call, {"read", "read:statuses"});
    return json_response(200, status_json(require_status(call, "status")));
}

Response Mastodon::edit(Call& call)
{
    const Token token = require(call, {"write", "write:statuses"});
    Post post = require_status(call, "status");
    const json::object body = require_json(call);
    check_status(body, !media_.of_status(post.id).empty());
    if (post.account != token.account)
        throw Refusal{404, "notFound", "Record not found"};
    if (body.contains("visibility") || body.contains("scheduled_at"))
        throw Refusal{422, "invalid", "Validation failed: an edit changes neither visibility nor time"};
    // The real one would take what is not named off the status.
    json::array shown;
    for (const Media& media : media_.of_status(post.id))
        shown.emplace_back(media.id);
    if (!shown.empty() && (!body.contains("media_ids") || body.at("media_ids") != json::value(shown)))
        throw Refusal{422, "invalid", "Validation failed: the sandbox wants the media of the status named again"};
    post.text = text_of(body, "status");
    post.details = json::serialize(body);
    world_.ledger.edit(post);
    return json_response(200, status_json(post));
}

Response Mastodon::remove(Call& call)
{
    const Token token = require(call, {"write", "write:statuses"}, "deletes");
    allow_query(call, {"delete_media"});
    const Post post = require_status(call, "status");
    if (post.account != token.account)
        throw Refusal{404, "notFound", "Record not found"};
    world_.ledger.mark_deleted(post, world_.clock.now());
    json::object answer = status_json(post);
    answer["text"] = post.text;
    return json_response(200, answer);
}

Response Mastodon::statuses(Call& call)
{
    const Token token = require(call, {"read", "read:statuses"});
    allow_query(call, {"limit", "only_media", "exclude_replies", "exclude_reblogs", "max_id", "since_id"});
    const std::string text = call.request.query_value("limit").value_or("20");
    std::size_t limit = 20;
    if (std::from_chars(text.data(), text.data() + text.size(), limit).ec != std::errc{} || limit < 1)
        throw Refusal{422, "invalid", "Invalid limit"};
    if (account_of(token).id != call.parameter("id"))
        throw Refusal{404, "notFound", "Record not found"};
    const bool only_media = call.request.query_value("only_media") == "true";
    auto posts = world_.ledger.list("mastodon", token.account);
    std::reverse(posts.begin(), posts.end());
    const std::string below = call.request.query_value("max_id").value_or("");
    const std::string above = call.request.query_value("since_id").value_or("");
    json::array shown;
    for (const Post& post : posts) {
        const bool listed = !post.deleted && post.listed <= world_.clock.now() && (!only_media || !post.source.empty());
        const bool asked = (below.empty() || post.id < below) && (above.empty() || post.id > above);
        if (listed && asked && shown.size() < std::min<std::size_t>(limit, 40))
            shown.push_back(status_json(post));
    }
    return json_response(200, shown);
}

Response Mastodon::show_scheduled(Call& call)
{
    require(call, {"read", "read:statuses"});
    return json_response(200, status_json(require_status(call, "scheduled_status")));
}

Response Mastodon::cancel_scheduled(Call& call)
{
    const Token token = require(call, {"write", "write:statuses"});
    const Post post = require_status(call, "scheduled_status");
    if (post.account != token.account)
        throw Refusal{404, "notFound", "Record not found"};
    world_.ledger.mark_deleted(post, world_.clock.now());
    return json_response(200, json::object());
}

Response Mastodon::public_page(Call& call)
{
    const Post post = require_status(call, "status");
    if (call.parameter("handle") != "@" + post.account)
        throw Refusal{404, "notFound", "Record not found"};
    return Response(200, "text/plain; charset=utf-8", "Sandbox, not a real Mastodon server.\n\n" + post.text + "\n");
}

} // namespace

std::unique_ptr<Network> make_mastodon(World& world)
{
    return std::make_unique<Mastodon>(world);
}

std::size_t count_status_characters(std::string_view text)
{
    std::size_t characters = 0;
    while (!text.empty()) {
        const bool address = text.starts_with("https://") || text.starts_with("http://");
        const std::size_t step = address ? std::min(text.find_first_of(" \t\r\n"), text.size()) : 1;
        const bool begins_character = (static_cast<unsigned char>(text.front()) & 0xc0) != 0x80;
        characters += address ? mastodon_limits::address : begins_character ? 1 : 0;
        text.remove_prefix(step);
    }
    return characters;
}

} // namespace vitrina::sandbox
