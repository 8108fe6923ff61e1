#include "sandbox/facebook.hpp"

#include "sandbox/checks.hpp"
#include "sandbox/facebook_video.hpp"
#include "sandbox/meta_graph.hpp"
#include "sandbox/meta_oauth.hpp"

#include <boost/json.hpp>

namespace vitrina::sandbox {
namespace {

namespace json = boost::json;

class Facebook final : public Network {
public:
    explicit Facebook(World& world) : world_(world), videos_(world) {}

    std::string_view name() const override { return "facebook"; }
    std::vector<Operation> operations() override;
    Response refuse(std::string_view operation, const Refusal& refusal) const override
    {
        return operation == "rupload" ? rupload_refusal(refusal) : graph_refusal(refusal);
    }
    json::object make_account(const json::object& wanted) override;

private:
    World& world_;
    FacebookVideos videos_;
};

std::vector<Operation> Facebook::operations()
{
    std::vector<Operation> all = meta_oauth_operations(world_);
    const char* site = "www.facebook.com";
    const std::vector<Operation> here{
        {"videos",
         "graph-video.facebook.com",
         Method::post,
         "/{version}/{id}/videos",
         {},
         [this](Call& c) { return videos_.videos(c); }},
        {"video_reels", graph_host, Method::post, "/{version}/{id}/video_reels",
         [this](Call& c) { return videos_.reels(c); }},
        {"rupload",
         rupload_host,
         Method::post,
         "/video-upload/{version}/{id}",
         {},
         [this](Call& c) { return videos_.put(c); }},
        {"videos.list", graph_host, Method::get, "/{version}/{id}/videos", [this](Call& c) { return videos_.list(c); }},
        {"node.show", graph_host, Method::get, "/{version}/{id}", [this](Call& c) { return videos_.show(c); }},
        {"node.delete", graph_host, Method::del, "/{version}/{id}", [this](Call& c) { return videos_.remove(c); }},
        {"node.update", graph_host, Method::post, "/{version}/{id}", [this](Call& c) { return videos_.update(c); }},
        {"thumbnails",
         graph_host,
         Method::post,
         "/{version}/{id}/thumbnails",
         {},
         [this](Call& c) { return videos_.set_thumbnail(c); }},
        {"page", site, Method::get, "/{page}/videos/{id}/", [this](Call& c) { return videos_.page(c); }},
        {"page.reel", site, Method::get, "/reel/{id}/", [this](Call& c) { return videos_.page(c); }},
    };
    all.insert(all.end(), here.begin(), here.end());
    return all;
}

json::object Facebook::make_account(const json::object& wanted)
{
    check_members(wanted, "",
                  {{"network", Kind::text},
                   {"name", Kind::text, true},
                   {"may_publish", Kind::boolean},
                   {"instagram", Kind::boolean},
                   {"scopes", Kind::text},
                   {"limits", Kind::boolean}});
    const std::string name = text_of(wanted, "name");
    const auto known = world_.accounts.find("facebook", name);
    Account account{"facebook", name, known ? known->id : fresh_facebook_id(world_)};
    account.options = json::serialize(wanted);
    world_.accounts.add(account);
    const Client client{"facebook", fresh_facebook_id(world_), world_.names.token(32), "Vitrina"};
    world_.accounts.add(client);
    const std::string scopes = wanted.contains("scopes") ? text_of(wanted, "scopes") : std::string(meta_scopes::pages);
    return {{"network", "facebook"},
            {"name", name},
            {"client_id", client.id},
            {"client_secret", client.secret},
            {"access_token", fresh_page_token(world_, name, client.id, scopes).value},
            {"scopes", scopes},
            {"remote_id", account.id}};
}

} // namespace

std::unique_ptr<Network> make_facebook(World& world)
{
    return std::make_unique<Facebook>(world);
}

} // namespace vitrina::sandbox
