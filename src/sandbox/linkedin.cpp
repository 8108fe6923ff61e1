#include "sandbox/linkedin.hpp"

#include "sandbox/checks.hpp"
#include "sandbox/google_oauth.hpp"
#include "sandbox/linkedin_oauth.hpp"
#include "sandbox/linkedin_posts.hpp"
#include "sandbox/linkedin_video.hpp"

#include <boost/json.hpp>

namespace vitrina::sandbox {
namespace {

namespace json = boost::json;

constexpr const char* api = "api.linkedin.com";
constexpr std::string_view oldest_version = "202510";

class Linkedin final : public Network {
public:
    explicit Linkedin(World& world) : world_(world), videos_(world), posts_(world, videos_) {}

    std::string_view name() const override { return "linkedin"; }
    std::vector<Operation> operations() override;
    Response refuse(std::string_view operation, const Refusal& refusal) const override;
    json::object make_account(const json::object& wanted) override;

private:
    // Of the versioned API.
    Account require(const Call& call, std::initializer_list<std::string_view> scopes) const;
    Account account_of(const Call& call, std::initializer_list<std::string_view> scopes) const;
    Response userinfo(Call& call) const;
    Response organisations(Call& call) const;
    Task<Response> post_videos(Call& call);

    World& world_;
    LinkedinVideos videos_;
    LinkedinPosts posts_;
};

std::vector<Operation> Linkedin::operations()
{
    std::vector<Operation> all = linkedin_oauth_operations(world_);
    const std::vector<Operation> here{
        {"userinfo", api, Method::get, "/v2/userinfo", [this](Call& c) { return userinfo(c); }},
        {"organizationAcls", api, Method::get, "/rest/organizationAcls", [this](Call& c) { return organisations(c); }},
        {"videos", api, Method::post, "/rest/videos", {}, [this](Call& c) { return post_videos(c); }},
        {"videos.show", api, Method::get, "/rest/videos/{urn}",
         [this](Call& c) { return videos_.show(c, require(c, linkedin_scopes::posting)); }},
        {"video.put",
         "dms-uploads.www.linkedin.com",
         Method::put,
         "/v/{id}/{part}",
         {},
         [this](Call& c) { return videos_.put(c); }},
        {"posts.create", api, Method::post, "/rest/posts",
         [this](Call& c) { return posts_.create(c, require(c, linkedin_scopes::posting)); }},
        {"posts.list", api, Method::get, "/rest/posts",
         [this](Call& c) { return posts_.list(c, require(c, linkedin_scopes::organisation)); }},
        {"posts.show", api, Method::get, "/rest/posts/{urn}",
         [this](Call& c) { return posts_.show(c, require(c, linkedin_scopes::organisation)); }},
        {"posts.update", api, Method::post, "/rest/posts/{urn}",
         [this](Call& c) { return posts_.update(c, require(c, linkedin_scopes::posting)); }},
        {"posts.delete", api, Method::del, "/rest/posts/{urn}",
         [this](Call& c) { return posts_.remove(c, require(c, linkedin_scopes::posting)); }},
        {"page", "www.linkedin.com", Method::get, "/feed/update/{urn}/", [this](Call& c) { return posts_.page(c); }},
    };
    all.insert(all.end(), here.begin(), here.end());
    return all;
}

// Two operations of one address: the body comes whole before either can be told from the other.
Task<Response> Linkedin::post_videos(Call& call)
{
    Account account = require(call, linkedin_scopes::posting);
    allow_query(call, {"action"});
    const std::string action = require_query(call, "action");
    co_await read_body(call, 1024 * 1024);
    if (action == "initializeUpload")
        co_return videos_.open(call, account);
    if (action == "finalizeUpload") {
        Response closed = co_await videos_.close(call, std::move(account));
        co_return closed;
    }
    throw Refusal{400, "ILLEGAL_ARGUMENT", "action must be initializeUpload or finalizeUpload."};
}

Response Linkedin::refuse(std::string_view operation, const Refusal& refusal) const
{
    if (operation.starts_with("oauth."))
        return oauth_refusal(refusal);
    if (operation == "video.put") // another host, which speaks no JSON
        return Response(refusal.status, "text/plain; charset=utf-8", refusal.words);
    json::object body{{"status", refusal.status}, {"message", refusal.words}, {"code", refusal.reason}};
    if (refusal.status == 401) {
        body["serviceErrorCode"] = 65601;
        body["code"] = "REVOKED_ACCESS_TOKEN";
    } else if (refusal.reason == "insufficientPermissions") {
        body["code"] = "ACCESS_DENIED";
    }
    return json_response(refusal.status, body);
}

json::object Linkedin::make_account(const json::object& wanted)
{
    check_members(wanted, "",
                  {{"network", Kind::text},
                   {"name", Kind::text, true},
                   {"approved", Kind::boolean},
                   {"organisation", Kind::boolean},
                   {"scopes", Kind::text},
                   {"limits", Kind::boolean}});
    const std::string name = text_of(wanted, "name");
    const auto known = world_.accounts.find("linkedin", name);
    Account account{"linkedin", name, known ? known->id : world_.names.number(9)};
    account.options = json::serialize(wanted);
    world_.accounts.add(account);
    const Client client{"linkedin", world_.names.token(14), world_.names.token(32), "Vitrina"};
    world_.accounts.add(client);
    const bool organisation = is_set(account, "organisation", false);
    const std::string_view usual = organisation ? linkedin_scopes::with_organisation : linkedin_scopes::everything;
    const std::string scopes = wanted.contains("scopes") ? text_of(wanted, "scopes") : std::string(usual);
    const LinkedinPair pair = fresh_linkedin_tokens(world_, account, client.id, scopes);
    return {{"network", "linkedin"},
            {"name", name},
            {"client_id", client.id},
            {"client_secret", client.secret},
            {"access_token", pair.access.value},
            {"refresh_token", pair.refresh.value},
            {"scopes", scopes},
            {"remote_id", organisation ? linkedin_organisation(account) : linkedin_person(account)}};
}

Account Linkedin::account_of(const Call& call, std::initializer_list<std::string_view> scopes) const
{
    const Account account = world_.accounts.find("linkedin", require_bearer(call, scopes).account).value();
    if (call.scripted("rate_limited"))
        throw Refusal{429, "TOO_MANY_REQUESTS", "Resource level throttle APPLICATION DAY limit for calls is reached."};
    return account;
}

Account Linkedin::require(const Call& call, std::initializer_list<std::string_view> scopes) const
{
    require_linkedin_version(call);
    return account_of(call, scopes);
}

Response Linkedin::userinfo(Call& call) const
{
    allow_query(call, {});
    const Account account = account_of(call, linkedin_scopes::profile);
    return json_response(200, json::object{{"sub", "p" + account.id}, {"name", account.name + " (sandbox)"}});
}

Response Linkedin::organisations(Call& call) const
{
    const Account account = require(call, {"rw_organization_admin"});
    allow_query(call, {"q", "role", "state"});
    if (require_query(call, "q") != "roleAssignee")
        throw Refusal{400, "ILLEGAL_ARGUMENT", "q must be roleAssignee."};
    json::array elements;
    if (is_set(account, "organisation", false))
        elements.push_back(json::object{
            {"organization", linkedin_organisation(account)}, {"role", "ADMINISTRATOR"}, {"state", "APPROVED"}});
    return json_response(200, json::object{{"elements", std::move(elements)}});
}

} // namespace

void require_linkedin_version(const Call& call)
{
    const std::string_view version = call.request.headers.get("LinkedIn-Version");
    const bool is_month = version.size() == 6 && version.find_first_not_of("0123456789") == version.npos;
    if (!is_month || version < oldest_version)
        throw Refusal{426, "NONEXISTENT_VERSION", "Requested version " + std::string(version) + " is not active"};
    if (call.request.headers.get("X-Restli-Protocol-Version") != "2.0.0")
        throw Refusal{400, "ILLEGAL_ARGUMENT", "X-Restli-Protocol-Version must be 2.0.0."};
}

std::string linkedin_person(const Account& account)
{
    return "urn:li:person:p" + account.id;
}

std::string linkedin_organisation(const Account& account)
{
    return "urn:li:organization:" + account.id;
}

std::unique_ptr<Network> make_linkedin(World& world)
{
    return std::make_unique<Linkedin>(world);
}

} // namespace vitrina::sandbox
