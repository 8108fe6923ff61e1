#include "cli/progress_bar.hpp"
#include "cli/server_client.hpp"

#include <boost/json.hpp>
#include <chrono>
#include <CLI/CLI.hpp>
#include <thread>

namespace vitrina {
namespace {

namespace json = boost::json;

struct Arguments {
    std::string video;
    std::vector<std::string> platforms;
    std::string at, time_zone; // as /v1 takes them
    bool no_wait = false;
};

std::string member(const json::value& object, const char* name)
{
    const json::value* found = object.as_object().if_contains(name);
    return found && found->is_string() ? std::string(found->get_string()) : "";
}

std::uint64_t count(const json::value& object, const char* name)
{
    const json::value* found = object.as_object().if_contains(name);
    return found && found->is_number() ? found->to_number<std::uint64_t>() : 0;
}

bool is_over(const std::string& status)
{
    return status == "published" || status == "failed" || status == "cancelled" || status == "deleted";
}

// Nothing more happens until a person does something.
bool waits_for_person(const std::string& status)
{
    return status == "outcome_unknown" || status == "needs_reauth" || status == "needs_user_action";
}

// It will go on by itself, but not while anybody watches.
bool waits_for_its_time(const std::string& status)
{
    return status == "scheduled";
}

std::string described(const json::value& publication)
{
    std::string line = member(publication, "platform") + "  " + member(publication, "status");
    const auto total = count(publication, "bytes_total");
    if (member(publication, "status") == "uploading" && total > 0)
        line += "  " + std::to_string(count(publication, "bytes_sent") * 100 / total) + " %  " +
                readable_bytes(double(total));
    if (waits_for_its_time(member(publication, "status")))
        line += "  " + member(publication, "publish_at");
    if (!member(publication, "url").empty())
        line += "  " + member(publication, "url");
    if (!member(publication, "reason").empty())
        line += "  " + member(publication, "reason");
    if (const json::value* sandbox = publication.as_object().if_contains("sandbox"); sandbox && *sandbox == true)
        line += "  (sandbox)";
    return line;
}

// A publication that is under way, and what was last said of it.
struct Followed {
    json::value publication;
    std::string last;
};

bool has_ended(const Followed& one)
{
    const std::string status = member(one.publication, "status");
    return is_over(status) || waits_for_person(status) || waits_for_its_time(status);
}

bool is_well(const Followed& one)
{
    const std::string status = member(one.publication, "status");
    return status == "published" || waits_for_its_time(status);
}

// People read each change, scripts how it ended.
void tell(const Console& console, Followed& one)
{
    const std::string line = described(one.publication);
    if (line != one.last && !console.json)
        print(line);
    one.last = line;
    if (console.json && has_ended(one))
        print(json::serialize(one.publication));
}

// Prints the changes of all publications as they come, until each has ended; true when all are published, or are to be
// when it is time.
bool follow(ServerClient& server, const Console& console, std::vector<Followed> unfinished)
{
    for (bool all = true;;) {
        for (Followed& one : unfinished) {
            tell(console, one);
            all &= !has_ended(one) || is_well(one);
        }
        std::erase_if(unfinished, has_ended);
        if (unfinished.empty())
            return all;
        std::this_thread::sleep_for(std::chrono::milliseconds(500));
        for (Followed& one : unfinished)
            one.publication = server.get("/v1/publications/" + member(one.publication, "id"));
    }
}

Exit publish(const Console& console, const Arguments& arguments)
{
    ServerClient server(console.settings);
    std::vector<Followed> publications;
    for (const std::string& platform : arguments.platforms) {
        json::object wanted{{"platform", platform}};
        if (!arguments.at.empty())
            wanted["publish_at"] = arguments.at;
        if (!arguments.time_zone.empty())
            wanted["time_zone"] = arguments.time_zone;
        publications.push_back({server.post("/v1/videos/" + in_query(arguments.video) + "/publications", wanted), ""});
    }
    if (!arguments.no_wait)
        return follow(server, console, std::move(publications)) ? Exit::done : Exit::failed;
    for (const auto& [publication, last] : publications)
        print(console.json ? json::serialize(publication) : described(publication));
    return Exit::done;
}

} // namespace

void add_publish(CLI::App& app, Action& action)
{
    auto arguments = std::make_shared<Arguments>();
    auto* command = app.add_subcommand("publish", say("Publish a video, and show each step until it is up",
                                                      "Publicar un video, y mostrar cada paso hasta el final"));
    command->add_option("video", arguments->video, say("The video's id", "El id del video"))->required();
    command->add_option("platforms", arguments->platforms, "youtube, mastodon, …")->required();
    command->add_option("--at", arguments->at,
                        say("When, as 2026-12-24T18:00:00+01:00", "Cuándo, como 2026-12-24T18:00:00+01:00"));
    command->add_option("--time-zone", arguments->time_zone,
                        say("The zone that a time without an offset is meant in, as Europe/Madrid",
                            "La zona en que se entiende una hora sin desfase, como Europe/Madrid"));
    command->add_flag("--no-wait", arguments->no_wait, say("Only queue it", "Solo ponerlo en cola"));
    command->callback([&action, arguments] {
        action = [arguments](const Console& console) { return publish(console, *arguments); };
    });
}

} // namespace vitrina
