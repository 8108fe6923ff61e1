#include "cli/followed_events.hpp"
#include "cli/server_client.hpp"

#include <boost/json.hpp>
#include <CLI/CLI.hpp>

namespace vitrina {
namespace {

namespace json = boost::json;

struct Arguments {
    FollowedQuery query;
    bool follow = false;
};

std::string text_of(const json::value& object, const char* member)
{
    const json::value* found = object.as_object().if_contains(member);
    return found && found->is_string() ? std::string(found->get_string()) : "";
}

void print_event(const Console& console, const json::value& event)
{
    if (console.json)
        print(json::serialize(event));
    else
        print(text_of(event, "time") + "  " + text_of(event, "type") + "  " + text_of(event, "subject") + "  " +
              json::serialize(event.at("data")));
}

// Page after page, in constant memory.
Exit list(const Console& console, const Arguments& arguments)
{
    ServerClient server(console.settings);
    const std::string query = events_query(arguments.query) + "&limit=500";
    std::string where = arguments.query.after.empty() ? "" : "&after=" + in_query(arguments.query.after);
    while (true) {
        const json::value page = server.get("/v1/events?" + (query + where).substr(1));
        for (const json::value& event : page.at("data").as_array())
            print_event(console, event);
        if (!page.at("next_cursor").is_string())
            return Exit::done;
        where = "&cursor=" + in_query(page.at("next_cursor").get_string());
    }
}

// Until somebody ends it.
Exit follow(const Console& console, const Arguments& arguments)
{
    follow_events(console.settings, arguments.query,
                  [&console](std::string_view event) { print_event(console, json::parse(event)); });
    return Exit::done;
}

} // namespace

void add_events(CLI::App& app, Action& action)
{
    auto arguments = std::make_shared<Arguments>();
    auto* command = app.add_subcommand("events", say("Show what happened; with --follow, what happens",
                                                     "Mostrar lo que ha pasado; con --follow, lo que va pasando"));
    command->add_flag("--follow", arguments->follow,
                      say("Show each event as it happens, until you stop it",
                          "Mostrar cada evento según ocurre, hasta que lo pares"));
    command->add_option("--type", arguments->query.types,
                        say("Only this type, such as video.ready; may be repeated",
                            "Solo de este tipo, como video.ready; se puede repetir"));
    command->add_option("--video", arguments->query.video,
                        say("Only what concerns the video with this id", "Solo lo del video con este id"));
    command->add_option("--after", arguments->query.after,
                        say("Only what came after the event with this id", "Solo lo posterior al evento con este id"));
    command->callback([&action, arguments] {
        action = [arguments](const Console& console) {
            return arguments->follow ? follow(console, *arguments) : list(console, *arguments);
        };
    });
}

} // namespace vitrina
