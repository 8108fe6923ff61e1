#include "cli/server_client.hpp"

#include <boost/json.hpp>
#include <CLI/CLI.hpp>
#include <iostream>

namespace vitrina {
namespace {

namespace json = boost::json;

struct Arguments {
    std::string account;
    std::optional<std::int64_t> posts_per_day, spacing; // posts_per_day 0: as many as there are
    bool pause = false, resume = false;
};

json::value changed(ServerClient& server, const std::string& path, const json::object& change)
{
    if (change.empty())
        return server.get(path);
    OutboundRequest request;
    request.method = Method::patch;
    request.headers.add("Content-Type", "application/merge-patch+json");
    request.body.before = json::serialize(change);
    return server.send(std::move(request), path);
}

std::string in_words(const json::object& pace)
{
    std::string words = pace.at("paused").as_bool() ? say("Paused.", "En pausa.") : say("Not paused.", "Sin pausa.");
    if (const auto* posts = pace.if_contains("posts_per_day"); posts && posts->is_int64())
        words += " " + std::to_string(posts->as_int64()) + say(" posts in 24 hours.", " publicaciones en 24 horas.");
    if (const auto* spacing = pace.if_contains("spacing_seconds"); spacing && spacing->to_number<std::int64_t>() > 0)
        words += " " + std::to_string(spacing->to_number<std::int64_t>()) +
                 say(" seconds between two of them.", " segundos entre dos de ellas.");
    return words;
}

Exit pace(const Console& console, const Arguments& arguments)
{
    json::object change;
    if (arguments.pause || arguments.resume)
        change["paused"] = arguments.pause;
    if (arguments.posts_per_day)
        change["posts_per_day"] = *arguments.posts_per_day > 0 ? json::value(*arguments.posts_per_day) : json::value();
    if (arguments.spacing)
        change["spacing_seconds"] = *arguments.spacing;
    if (arguments.account.empty() && (arguments.posts_per_day || arguments.spacing))
        throw CommandFailed(Exit::usage, say("Name the account whose pace it is: vitrina account list shows them.",
                                             "Indica de qué cuenta es el ritmo: vitrina account list las muestra."));
    ServerClient server(console.settings);
    const std::string path = arguments.account.empty() ? std::string("/v1/publishing")
                                                       : "/v1/accounts/" + in_query(arguments.account) + "/pace";
    const json::value now = changed(server, path, change);
    print(console.json ? json::serialize(now) : in_words(now.as_object()));
    return Exit::done;
}

} // namespace

void add_pace(CLI::App& app, Action& action)
{
    auto arguments = std::make_shared<Arguments>();
    auto* command = app.add_subcommand(
        "pace", say("Space, limit and pause what is published", "Espaciar, limitar y pausar lo que se publica"));
    command->add_option("account", arguments->account,
                        say("Its id; without one --pause and --resume are for all",
                            "Su identificador; sin él, --pause y --resume valen para todas"));
    command->add_option(
        "--posts-per-day", arguments->posts_per_day,
        say("At most so many in any 24 hours; 0: no limit", "Como mucho tantas en 24 horas; 0: sin límite"));
    command->add_option("--spacing", arguments->spacing,
                        say("Seconds between two of them", "Segundos entre dos de ellas"));
    auto* pause = command->add_flag("--pause", arguments->pause, say("Nothing begins", "Nada empieza"));
    command->add_flag("--resume", arguments->resume, say("It goes on", "Continúa"))->excludes(pause);
    command->callback(
        [&action, arguments] { action = [arguments](const Console& console) { return pace(console, *arguments); }; });
}

} // namespace vitrina
