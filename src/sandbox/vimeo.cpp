#include "sandbox/vimeo.hpp"

#include "sandbox/checks.hpp"
#include "sandbox/google_oauth.hpp"
#include "sandbox/rate_window.hpp"
#include "sandbox/vimeo_oauth.hpp"
#include "sandbox/vimeo_upload.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <charconv>

namespace vitrina::sandbox {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

constexpr const char* api = "api.vimeo.com";
constexpr const char* files = "files.tus.vimeo.com";

class Vimeo final : public Network {
public:
    explicit Vimeo(World& world) : world_(world), upload_(world)
    {
        world.database.run("CREATE TABLE IF NOT EXISTS vimeo_tags (video TEXT, word TEXT, PRIMARY KEY (video, word))");
    }

    std::string_view name() const override { return "vimeo"; }
    std::vector<Operation> operations() override;
    Response refuse(std::string_view operation, const Refusal& refusal) const override;
    json::object make_account(const json::object& wanted) override;

private:
    Account require(const Call& call, std::initializer_list<std::string_view> scopes);
    Response me(Call& call);
    Response my_videos(Call& call);
    Response show(Call& call);
    Response edit(Call& call);
    Response tags(Call& call);
    Response tag(Call& call);
    Response untag(Call& call);
    Response remove(Call& call);
    Response page(Call& call) const;

    json::object unfinished(const Upload& upload) const;
    json::object video_json(const Post& post) const;
    Post require_own(const Account& account, std::string_view id) const;

    World& world_;
    VimeoUpload upload_;
    RateWindow calls_{250, 1min};
};

std::vector<Operation> Vimeo::operations()
{
    std::vector<Operation> all = vimeo_oauth_operations(world_);
    const std::vector<Operation> here{
        {"me", api, Method::get, "/me", [this](Call& c) { return me(c); }},
        {"me.videos", api, Method::get, "/me/videos", [this](Call& c) { return my_videos(c); }},
        {"videos.create", api, Method::post, "/me/videos",
         [this](Call& c) { return upload_.create(c, require(c, vimeo_scopes::uploading)); }},
        {"videos.show", api, Method::get, "/videos/{id}", [this](Call& c) { return show(c); }},
        {"videos.delete", api, Method::del, "/videos/{id}", [this](Call& c) { return remove(c); }},
        {"videos.edit", api, Method::patch, "/videos/{id}", [this](Call& c) { return edit(c); }},
        {"videos.tags", api, Method::get, "/videos/{id}/tags", [this](Call& c) { return tags(c); }},
        {"videos.untag", api, Method::del, "/videos/{id}/tags/{word}", [this](Call& c) { return untag(c); }},
        {"videos.tag", api, Method::put, "/videos/{id}/tags/{word}", [this](Call& c) { return tag(c); }},
        {"upload.patch", files, Method::patch, "/files/{id}", {}, [this](Call& c) { return upload_.patch(c); }},
        {"upload.offset", files, Method::head, "/files/{id}", [this](Call& c) { return upload_.offset(c); }},
        {"page", "vimeo.com", Method::get, "/{id}", [this](Call& c) { return page(c); }},
        {"page", "vimeo.com", Method::get, "/{id}/{hash}", [this](Call& c) { return page(c); }},
    };
    all.insert(all.end(), here.begin(), here.end());
    return all;
}

Response Vimeo::refuse(std::string_view operation, const Refusal& refusal) const
{
    if (operation.starts_with("oauth."))
        return oauth_refusal(refusal);
    if (operation.starts_with("upload.")) { // another host, which speaks no JSON
        Response response(refusal.status, "text/plain; charset=utf-8", refusal.words);
        if (refusal.reset)
            response.headers.add(
                "Retry-After",
                std::to_string(std::chrono::ceil<std::chrono::seconds>(*refusal.reset - world_.clock.now()).count()));
        return response;
    }
    std::string code = refusal.reason;
    if (refusal.status == 401)
        code = "8003";
    else if (code == "insufficientPermissions")
        code = "3200";
    else if (refusal.status == 404)
        code = "5000";
    else if (refusal.status >= 500)
        code = "4003";
    else if (code.find_first_not_of("0123456789") != code.npos)
        code = "2204";
    json::object body{{"error", refusal.words}, {"developer_message", refusal.words}, {"link", nullptr}};
    std::int64_t number = 0;
    std::from_chars(code.data(), code.data() + code.size(), number);
    body["error_code"] = number;
    Response response = json_response(refusal.status, body);
    if (refusal.reset) {
        response.headers.add("X-RateLimit-Remaining", "0");
        response.headers.add("X-RateLimit-Reset", rfc3339(*refusal.reset));
    }
    return response;
}

json::object Vimeo::make_account(const json::object& wanted)
{
    check_members(
        wanted, "",
        {{"network", Kind::text}, {"name", Kind::text, true}, {"scopes", Kind::text}, {"limits", Kind::boolean}});
    const std::string name = text_of(wanted, "name");
    const auto known = world_.accounts.find("vimeo", name);
    Account account{"vimeo", name, known ? known->id : world_.names.number(9)};
    account.options = json::serialize(wanted);
    world_.accounts.add(account);
    const Client client{"vimeo", world_.names.token(40), world_.names.token(64), "Vitrina"};
    world_.accounts.add(client);
    const std::string scopes =
        wanted.contains("scopes") ? text_of(wanted, "scopes") : std::string(vimeo_scopes::everything);
    const Token access = fresh_vimeo_token(world_, name, client.id, scopes);
    return {
        {"network", "vimeo"},           {"name", name},     {"client_id", client.id}, {"client_secret", client.secret},
        {"access_token", access.value}, {"scopes", scopes}, {"user_id", account.id}};
}

Account Vimeo::require(const Call& call, std::initializer_list<std::string_view> scopes)
{
    require_vimeo_version(call);
    const Account account = world_.accounts.find("vimeo", require_bearer(call, scopes).account).value();
    if (const auto fault = call.scripted("rate_limited"))
        throw Refusal{429, "9000", "Too many API requests.", "",
                      world_.clock.now() + std::chrono::seconds{fault->reset.value_or(60)}};
    if (is_set(account, "limits", false))
        calls_.count(account.name, world_.clock.now());
    return account;
}

Response Vimeo::me(Call& call)
{
    const Account account = require(call, vimeo_scopes::reading);
    allow_query(call, {"fields"});
    return json_response(200, json::object{{"uri", "/users/" + account.id}, {"name", account.name + " (sandbox)"}});
}

json::object Vimeo::unfinished(const Upload& upload) const
{
    const json::object body = json::parse(upload.metadata).as_object();
    const std::string id = text_of(body, "video");
    return {{"uri", "/videos/" + id},
            {"link", vimeo_link(body, id)},
            {"name", text_of(body, "name")},
            {"created_time", rfc3339(upload.opened)},
            {"upload", {{"status", "in_progress"}, {"size", upload.total}}},
            {"transcode", {{"status", "in_progress"}}},
            {"privacy", {{"view", "nobody"}}}};
}

json::object Vimeo::video_json(const Post& post) const
{
    const bool processed = post.ready <= world_.clock.now();
    const char* transcode = !processed ? "in_progress" : post.failure.empty() ? "complete" : "error";
    return {{"uri", "/videos/" + post.id},
            {"link", post.url},
            {"name", post.title},
            {"created_time", rfc3339(post.accepted)},
            {"upload", {{"status", "complete"}, {"size", post.size}}},
            {"transcode", {{"status", transcode}}},
            {"privacy", {{"view", post.privacy}}}};
}

Response Vimeo::my_videos(Call& call)
{
    const Account account = require(call, vimeo_scopes::seeing);
    allow_query(call, {"sort", "per_page", "fields"});
    if (require_query(call, "sort") != "date")
        throw Refusal{400, "2204", "sort: the sandbox knows date.", "sort"};
    const std::string text = call.request.query_value("per_page").value_or("25");
    std::size_t most = 0;
    std::from_chars(text.data(), text.data() + text.size(), most);
    if (most < 1 || most > 100)
        throw Refusal{400, "2204", "per_page must be from 1 to 100.", "per_page"};
    std::vector<json::object> all;
    for (const Upload& upload : world_.uploads.list())
        if (upload.network == "vimeo" && upload.account == account.name && upload.post.empty())
            all.push_back(unfinished(upload));
    for (const Post& post : world_.ledger.list("vimeo", account.name))
        if (!post.deleted && post.listed <= world_.clock.now())
            all.push_back(video_json(post));
    std::sort(all.begin(), all.end(), [](const json::object& one, const json::object& other) {
        return text_of(one, "created_time") > text_of(other, "created_time");
    });
    json::array data;
    for (json::object& video : all)
        if (data.size() < most)
            data.emplace_back(std::move(video));
    return json_response(200, json::object{{"total", all.size()}, {"data", std::move(data)}});
}

Post Vimeo::require_own(const Account& account, std::string_view id) const
{
    const auto post = world_.ledger.find("vimeo", id);
    if (!post || post->deleted || post->account != account.name)
        throw Refusal{404, "5000", "The requested video couldn't be found."};
    return *post;
}

Response Vimeo::show(Call& call)
{
    const Account account = require(call, vimeo_scopes::seeing);
    allow_query(call, {"fields"});
    const auto waiting = upload_.placeholder(call.parameter("id"));
    if (waiting && waiting->account == account.name)
        return json_response(200, unfinished(*waiting));
    return json_response(200, video_json(require_own(account, call.parameter("id"))));
}

Response Vimeo::tag(Call& call)
{
    const Account account = require(call, vimeo_scopes::editing);
    allow_query(call, {});
    if (!call.body.empty())
        throw Refusal{400, "2204", "The tag stands in the address.", "body"};
    const auto waiting = upload_.placeholder(call.parameter("id"));
    if (!waiting || waiting->account != account.name)
        require_own(account, call.parameter("id"));
    world_.database.run("INSERT OR IGNORE INTO vimeo_tags VALUES (?, ?)", call.parameter("id"), call.parameter("word"));
    return json_response(200, json::object{{"tag", call.parameter("word")}});
}

Response Vimeo::edit(Call& call)
{
    const Account account = require(call, vimeo_scopes::editing);
    allow_query(call, {});
    const json::object body = require_json(call);
    check_members(body, "", {{"name", Kind::text}, {"description", Kind::text}});
    if (body.empty())
        throw Refusal{400, "2204", "There is nothing to edit.", "body"};
    Post post = require_own(account, call.parameter("id"));
    const auto put = [&body](const char* name, std::size_t least, std::size_t most, std::string& words) {
        if (!body.contains(name))
            return;
        const std::size_t length = count_characters(text_of(body, name)).value_or(most + 1);
        if (length < least || length > most)
            throw Refusal{400, "2204", std::string(name) + " has a wrong length.", name};
        words = text_of(body, name);
    };
    put("name", 1, 128, post.title);
    put("description", 0, 5000, post.text);
    world_.ledger.edit(post);
    return json_response(200, video_json(post));
}

Response Vimeo::tags(Call& call)
{
    const Account account = require(call, vimeo_scopes::seeing);
    allow_query(call, {});
    const Post post = require_own(account, call.parameter("id"));
    json::array data;
    for (const auto& row : world_.database.rows("SELECT word FROM vimeo_tags WHERE video = ? ORDER BY word", post.id))
        data.push_back({{"name", row.front()}, {"uri", "/videos/" + post.id + "/tags/" + row.front()}});
    return json_response(200, json::object{{"total", data.size()}, {"data", std::move(data)}});
}

Response Vimeo::untag(Call& call)
{
    const Account account = require(call, vimeo_scopes::editing);
    allow_query(call, {});
    const Post post = require_own(account, call.parameter("id"));
    const int removed =
        world_.database.run("DELETE FROM vimeo_tags WHERE video = ? AND word = ?", post.id, call.parameter("word"));
    if (removed == 0)
        throw Refusal{404, "5000", "The video has no such tag."};
    return Response(204);
}

Response Vimeo::remove(Call& call)
{
    const Account account = require(call, vimeo_scopes::deleting);
    allow_query(call, {});
    const auto waiting = upload_.placeholder(call.parameter("id"));
    if (waiting && waiting->account == account.name)
        world_.uploads.remove(*waiting);
    else
        world_.ledger.mark_deleted(require_own(account, call.parameter("id")), world_.clock.now());
    return Response(204);
}

Response Vimeo::page(Call& call) const
{
    const auto post = world_.ledger.find("vimeo", call.parameter("id"));
    const bool shown = post && !post->deleted && "https://vimeo.com" + call.request.path == post->url &&
                       (post->privacy == "anybody" || post->privacy == "unlisted");
    if (!shown)
        return Response(404, "text/plain; charset=utf-8", "Sandbox: we couldn't find that page.\n");
    return Response(200, "text/plain; charset=utf-8", "Sandbox, not Vimeo.\n\n" + post->title + "\n");
}

} // namespace

void require_vimeo_version(const Call& call)
{
    if (call.request.headers.get("Accept") != "application/vnd.vimeo.*+json;version=3.4")
        throw Refusal{400, "2204", "Accept must name the version of the API.", "Accept"};
}

std::unique_ptr<Network> make_vimeo(World& world)
{
    return std::make_unique<Vimeo>(world);
}

} // namespace vitrina::sandbox
