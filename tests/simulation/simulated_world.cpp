#include "simulation/simulated_world.hpp"

#include "core/digest.hpp"
#include "core/random.hpp"

namespace vitrina::simulation {
namespace {

Platforms only(std::unique_ptr<Platform> platform)
{
    Platforms platforms;
    platforms.push_back(std::move(platform));
    return platforms;
}

std::string text_in(const boost::json::object& object, std::string_view name)
{
    const auto* value = object.if_contains(name);
    return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

} // namespace

std::filesystem::path SandboxInternet::memory_folder()
{
    const std::filesystem::path memory = "/dev/shm";
    const std::filesystem::path base =
        std::filesystem::is_directory(memory) ? memory : std::filesystem::temp_directory_path();
    const std::filesystem::path folder = base / ("vitrina-simulation-" + random_hex(8));
    std::filesystem::create_directories(folder);
    return folder;
}

SimulatedWorld::SimulatedWorld(const SimulatedNetwork& given)
    : PublishingRig(networks.manual, internet, only(given.make()), Networks::sandbox),
      network(given),
      bytes(make_bytes(given.bytes))
{
}

void SimulatedWorld::connect_account()
{
    const boost::json::object made = networks.account(network.platform, network.account);
    NewAccount fresh;
    fresh.platform = network.platform;
    fresh.base_url = text_in(made, "base_url");
    fresh.remote_id = text_in(made, "remote_id");
    fresh.tokens.client_id = text_in(made, "client_id");
    fresh.tokens.client_secret = Secret(text_in(made, "client_secret"));
    fresh.tokens.access_token = Secret(text_in(made, "access_token"));
    fresh.tokens.refresh_token = Secret(text_in(made, "refresh_token"));
    connect(std::move(fresh));
    internet.exchanges = 0;
}

Publication SimulatedWorld::publish_one(const std::string& title)
{
    return publish(add_video(bytes, title, "Two of them", network.width, network.height), network.platform,
                   network.options);
}

std::vector<sandbox::Post> SimulatedWorld::posts(const std::string& words) const
{
    std::vector<sandbox::Post> posts = networks.ledger.list(network.platform);
    std::erase_if(posts, [&words](const sandbox::Post& post) {
        return post.title.find(words) == std::string::npos && post.text.find(words) == std::string::npos;
    });
    return posts;
}

void SimulatedWorld::settle_all()
{
    constexpr int most_steps = 100'000;
    settle(most_steps);
}

Verdict judge(SimulatedWorld& world, const Publication& publication, const std::string& words)
{
    const Publication end = world.look(publication.id);
    const std::vector<sandbox::Post> posts = world.posts(words);
    const std::string state(name(end.progress.state));
    using Fault = Verdict::Fault;
    const auto verdict = [&end](Fault fault, std::string what) {
        return Verdict{end.progress.state, fault, std::move(what)};
    };
    if (posts.size() > 1)
        return verdict(Fault::twice, std::to_string(posts.size()) + " posts, " + state);
    if (end.progress.state == PublicationState::outcome_unknown && world.network.always_proves)
        return verdict(Fault::lost, "outcome unknown: " + end.reason);
    if (end.progress.state == PublicationState::outcome_unknown)
        return verdict(Fault::none, "");
    if (end.progress.state != PublicationState::published)
        return verdict(Fault::lost, state + ": " + end.reason_code + " " + end.reason);
    if (posts.empty())
        return verdict(Fault::wrongly_published, "said to be published, but there is no post");
    if (posts.front().sha256 != hex(sha256(world.bytes)))
        return verdict(Fault::wrongly_published, "published with other bytes");
    if (end.remote_id.empty())
        return verdict(Fault::wrongly_published, "published without the network's id");
    return verdict(Fault::none, "");
}

} // namespace vitrina::simulation
