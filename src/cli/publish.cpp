#include "cli/progress_bar.hpp"
#include "cli/server_client.hpp"

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <chrono>
#include <thread>

namespace vitrina {
namespace {

namespace json = boost::json;

struct Arguments {
    std::string video;
    std::vector<std::string> platforms;
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

std::string described(const json::value& publication)
{
    std::string line = member(publication, "platform") + "  " + member(publication, "status");
    const auto total = count(publication, "bytes_total");
    if (member(publication, "status") == "uploading" && total > 0)
        line += "  " + std::to_string(count(publication, "bytes_sent") * 100 / total) + " %  " + readable_bytes(double(total));
    if (!member(publication, "url").empty())
        line += "  " + member(publication, "url");
    if (!member(publication, "reason").empty())
        line += "  " + member(publication, "reason");
    if (const json::value* sandbox = publication.as_object().if_contains("sandbox"); sandbox && *sandbox == true)
        line += "  (sandbox)";
    return line;
}

// Prints each change of one publication until it ended; true when it is published.
bool follow(ServerClient& server, const Console& console, json::value publication)
{
    const std::string path = "/v1/publications/" + member(publication, "id");
    for (std::string last;;) {
        const std::string status = member(publication, "status");
        const std::string line = described(publication);
        if (line != last && !console.json)
            print(line);
        last = line;
        if (is_over(status) || waits_for_person(status)) {
            if (console.json)
                print(json::serialize(publication));
            return status == "published";
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(500));
        publication = server.get(path);
    }
}

Exit publish(const Console& console, const Arguments& arguments)
{
    ServerClient server(console.settings);
    std::vector<json::value> publications;
    for (const std::string& platform : arguments.platforms)
        publications.push_back(server.post("/v1/videos/" + in_query(arguments.video) + "/publications", json::object{{"platform", platform}}));
    bool all = true;
    for (const json::value& publication : publications) {
        if (arguments.no_wait)
            print(console.json ? json::serialize(publication) : described(publication));
        else
            all &= follow(server, console, publication);
    }
    return all ? Exit::done : Exit::failed;
}

} // namespace

void add_publish(CLI::App& app, Action& action)
{
    auto arguments = std::make_shared<Arguments>();
    auto* command = app.add_subcommand("publish", say("Publish a video, and show each step until it is up",
                                                      "Publicar un video, y mostrar cada paso hasta el final"));
    command->add_option("video", arguments->video, say("The video's id", "El id del video"))->required();
    command->add_option("platforms", arguments->platforms, "youtube, mastodon, …")->required();
    command->add_flag("--no-wait", arguments->no_wait, say("Only queue it", "Solo ponerlo en cola"));
    command->callback([&action, arguments] {
        action = [arguments](const Console& console) { return publish(console, *arguments); };
    });
}

} // namespace vitrina
