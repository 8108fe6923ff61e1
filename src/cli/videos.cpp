#include "cli/progress_bar.hpp"
#include "cli/server_client.hpp"

#include <boost/json.hpp>
#include <CLI/CLI.hpp>

namespace vitrina {
namespace {

namespace json = boost::json;

struct Arguments {
    std::string search, sort = "date", id;
    std::vector<std::string> tags;
    int limit = 50;
    bool ids = false;
};

std::string text_of(const json::value& object, const char* member)
{
    const json::value* found = object.as_object().if_contains(member);
    return found && found->is_string() ? std::string(found->get_string()) : "";
}

double number_of(const json::value& object, const char* member)
{
    const json::value* found = object.as_object().if_contains(member);
    return found && found->is_number() ? found->to_number<double>() : 0;
}

void print_row(const json::value& video)
{
    char line[160];
    std::snprintf(line, sizeof line, "%-36s  %-10s  %8s  %10s  ", text_of(video, "id").c_str(),
                  text_of(video, "status").c_str(),
                  readable_time(std::int64_t(number_of(video, "duration") + 0.5)).c_str(),
                  readable_bytes(number_of(video, "size")).c_str());
    print(line + text_of(video, "title"));
}

void print_one(const Console& console, const Arguments& arguments, const json::value& video)
{
    if (arguments.ids)
        print(text_of(video, "id"));
    else if (console.json)
        print(json::serialize(video));
    else
        print_row(video);
}

// Pages of the server follow each other until the limit is reached: constant memory for any library.
Exit list(const Console& console, const Arguments& arguments)
{
    ServerClient server(console.settings);
    std::string query = "sort=" + in_query(arguments.sort);
    if (!arguments.search.empty())
        query += "&search=" + in_query(arguments.search);
    for (const std::string& tag : arguments.tags)
        query += "&tag=" + in_query(tag);

    std::string cursor;
    for (int left = arguments.limit; left > 0;) {
        const int page = std::min(left, 500);
        const json::value answer = server.get("/v1/videos?" + query + "&limit=" + std::to_string(page) +
                                              (cursor.empty() ? "" : "&cursor=" + in_query(cursor)));
        for (const json::value& video : answer.at("data").as_array())
            print_one(console, arguments, video);
        left -= page;
        if (!answer.at("next_cursor").is_string())
            break;
        cursor = answer.at("next_cursor").as_string();
    }
    return Exit::done;
}

Exit show(const Console& console, const Arguments& arguments)
{
    ServerClient server(console.settings);
    const json::value video = server.get("/v1/videos/" + in_query(arguments.id));
    if (console.json) {
        print(json::serialize(video));
        return Exit::done;
    }
    for (const auto& [name, value] : video.as_object()) {
        std::string line(name);
        line.resize(std::max<std::size_t>(line.size() + 2, 16), ' ');
        print(line + (value.is_string() ? std::string(value.get_string()) : json::serialize(value)));
    }
    return Exit::done;
}

Exit remove(const Console& console, const Arguments& arguments)
{
    ServerClient server(console.settings);
    server.remove("/v1/videos/" + in_query(arguments.id));
    if (!console.json)
        print(say("Deleted.", "Borrado."));
    return Exit::done;
}

Exit revoke_links(const Console& console, const Arguments& arguments)
{
    ServerClient server(console.settings);
    const json::value video = server.post("/v1/videos/" + in_query(arguments.id) + "/revoke-links", json::object{});
    if (console.json)
        print(json::serialize(video));
    else
        print(say("The old links no longer work. The new one: ", "Los enlaces anteriores ya no sirven. El nuevo: ") +
              text_of(video, "source_url"));
    return Exit::done;
}

} // namespace

void add_videos(CLI::App& app, Action& action)
{
    auto arguments = std::make_shared<Arguments>();
    auto* command = app.add_subcommand("videos", say("List videos; show or delete one, or revoke its links",
                                                     "Listar videos; mostrar o borrar uno, o anular sus enlaces"));
    command->add_option("--search", arguments->search,
                        say("Words in title, description or tags", "Texto en título, descripción o etiquetas"));
    command->add_option("--sort", arguments->sort, "date, title")
        ->capture_default_str()
        ->check(CLI::IsMember({"date", "title"}));
    command->add_option("--tag", arguments->tags,
                        say("Only with this tag; may be repeated", "Solo con esta etiqueta; se puede repetir"));
    command->add_option("--limit", arguments->limit, say("At most this many", "Como máximo"))
        ->capture_default_str()
        ->check(CLI::PositiveNumber);
    command->add_flag("--ids", arguments->ids, say("Only the ids, a line each", "Solo los id, uno por línea"));
    command->callback([&action, arguments] {
        if (!action)
            action = [arguments](const Console& console) { return list(console, *arguments); };
    });

    auto* shown = command->add_subcommand("show", say("Show one video", "Mostrar un video"));
    shown->add_option("id", arguments->id)->required();
    shown->callback(
        [&action, arguments] { action = [arguments](const Console& console) { return show(console, *arguments); }; });
    auto* removed = command->add_subcommand("delete", say("Delete one video", "Borrar un video"));
    removed->add_option("id", arguments->id)->required();
    removed->callback(
        [&action, arguments] { action = [arguments](const Console& console) { return remove(console, *arguments); }; });
    auto* revoked =
        command->add_subcommand("revoke-links", say("Make the signed links of a video stop working, and get new ones",
                                                    "Anular los enlaces firmados de un video y obtener otros"));
    revoked->add_option("id", arguments->id)->required();
    revoked->callback([&action, arguments] {
        action = [arguments](const Console& console) { return revoke_links(console, *arguments); };
    });
}

} // namespace vitrina
