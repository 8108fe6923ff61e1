#include "sandbox/instagram.hpp"

#include "sandbox/checks.hpp"
#include "sandbox/instagram_media.hpp"
#include "sandbox/meta_graph.hpp"
#include "sandbox/meta_oauth.hpp"

#include <boost/json.hpp>

namespace vitrina::sandbox {
namespace {

namespace json = boost::json;

// Of the paths that Facebook's pages have as well, those with Instagram's numbers are for here.
bool is_ours(const PathParameters& parameters)
{
    for (const auto& [name, value] : parameters)
        if (name == "id")
            return is_instagram_id(value);
    return false;
}

class Instagram final : public Network {
public:
    explicit Instagram(World& world) : world_(world), media_(world) {}

    std::string_view name() const override { return "instagram"; }
    std::vector<Operation> operations() override;
    Response refuse(std::string_view operation, const Refusal& refusal) const override
    {
        return operation == "media.upload" ? rupload_refusal(refusal) : graph_refusal(refusal);
    }
    json::object make_account(const json::object& wanted) override;

private:
    World& world_;
    InstagramMedia media_;
};

std::vector<Operation> Instagram::operations()
{
    Operation show{"media.show", graph_host, Method::get, "/{version}/{id}",
                   [this](Call& c) { return media_.show(c); }};
    Operation remove{"media.delete", graph_host, Method::del, "/{version}/{id}",
                     [this](Call& c) { return media_.remove(c); }};
    show.takes = remove.takes = is_ours;
    return {
        std::move(show),
        std::move(remove),
        {"media", graph_host, Method::post, "/{version}/{id}/media", [this](Call& c) { return media_.open(c); }},
        {"media.list", graph_host, Method::get, "/{version}/{id}/media", [this](Call& c) { return media_.list(c); }},
        {"media.upload",
         rupload_host,
         Method::post,
         "/ig-api-upload/{version}/{id}",
         {},
         [this](Call& c) { return media_.put(c); }},
        {"content_publishing_limit", graph_host, Method::get, "/{version}/{id}/content_publishing_limit",
         [this](Call& c) { return media_.limit(c); }},
        {"media_publish", graph_host, Method::post, "/{version}/{id}/media_publish",
         [this](Call& c) { return media_.publish(c); }},
        {"page", "www.instagram.com", Method::get, "/reel/{code}/", [this](Call& c) { return media_.page(c); }},
    };
}

json::object Instagram::make_account(const json::object& wanted)
{
    check_members(
        wanted, "",
        {{"network", Kind::text}, {"name", Kind::text, true}, {"scopes", Kind::text}, {"limits", Kind::boolean}});
    const std::string name = text_of(wanted, "name");
    const auto known = world_.accounts.find("instagram", name);
    Account account{"instagram", name, known ? known->id : fresh_instagram_id(world_)};
    account.options = json::serialize(wanted);
    world_.accounts.add(account);
    if (!world_.accounts.find("facebook", name))
        world_.accounts.add(Account{"facebook", name, fresh_facebook_id(world_)}); // its page
    const Client client{"facebook", fresh_facebook_id(world_), world_.names.token(32), "Vitrina"};
    world_.accounts.add(client);
    const std::string scopes = wanted.contains("scopes")
                                   ? text_of(wanted, "scopes")
                                   : std::string(meta_scopes::instagram) + " pages_show_list pages_read_engagement";
    return {{"network", "instagram"},
            {"name", name},
            {"client_id", client.id},
            {"client_secret", client.secret},
            {"access_token", fresh_page_token(world_, name, client.id, scopes).value},
            {"scopes", scopes},
            {"remote_id", account.id}};
}

} // namespace

std::unique_ptr<Network> make_instagram(World& world)
{
    return std::make_unique<Instagram>(world);
}

} // namespace vitrina::sandbox
