#include "cli/server_client.hpp"

#include <boost/json.hpp>
#include <chrono>
#include <CLI/CLI.hpp>
#include <thread>

namespace vitrina {
namespace {

namespace json = boost::json;

struct Arguments {
    std::string publication;
    std::optional<std::string> title, description, text;
    std::vector<std::string> tags;
    bool no_wait = false;
};

json::object words_of(const Arguments& arguments)
{
    json::object options;
    const std::pair<const char*, const std::optional<std::string>&> texts[]{
        {"title", arguments.title}, {"description", arguments.description}, {"text", arguments.text}};
    for (const auto& [name, words] : texts)
        if (words)
            options[name] = *words;
    if (!arguments.tags.empty())
        options["tags"] = json::array(arguments.tags.begin(), arguments.tags.end());
    return options;
}

json::value ask(ServerClient& server, const std::string& path, json::object options)
{
    OutboundRequest request;
    request.method = Method::patch;
    request.headers.add("Content-Type", "application/merge-patch+json");
    request.body.before = json::serialize(json::object{{"options", std::move(options)}});
    return server.send(std::move(request), path);
}

// "" where nothing was ever to be changed.
std::string status_of(const json::value& publication)
{
    const auto* edit = publication.as_object().if_contains("edit");
    const auto* object = edit ? edit->if_object() : nullptr;
    return object ? std::string(object->at("status").as_string()) : "";
}

std::string in_words(const json::value& publication)
{
    const std::string status = status_of(publication);
    if (status.empty() || status == "done")
        return say("It has the new words.", "Tiene los textos nuevos.");
    std::string words = status == "failed" ? say("It was not changed.", "No se cambió.")
                                           : say("The new words are on their way.", "Los textos nuevos van en camino.");
    const json::value& reason = publication.at("edit").at("reason");
    if (reason.is_object())
        words += " " + std::string(reason.at("message").as_string());
    return words;
}

Exit edit(const Console& console, const Arguments& arguments)
{
    json::object options = words_of(arguments);
    if (options.empty())
        throw CommandFailed(Exit::usage, say("Say what is to change: --title, --description, --text, --tag.",
                                             "Di qué cambia: --title, --description, --text, --tag."));
    ServerClient server(console.settings);
    const std::string path = "/v1/publications/" + in_query(arguments.publication);
    json::value publication = server.get(path);
    const std::string standing(publication.at("status").as_string());
    if (standing != "published") // what waits for its time is changed as a whole: only who knows all of it can do that
        throw CommandFailed(Exit::failed,
                            say("It is not published: it is ", "No está publicada: está ") + standing + ".");
    publication = ask(server, path, std::move(options));
    while (!arguments.no_wait && status_of(publication) == "pending") {
        std::this_thread::sleep_for(std::chrono::milliseconds(500));
        publication = server.get(path);
    }
    print(console.json ? json::serialize(publication) : in_words(publication));
    return status_of(publication) == "failed" ? Exit::failed : Exit::done;
}

} // namespace

void add_edit(CLI::App& app, Action& action)
{
    auto arguments = std::make_shared<Arguments>();
    auto* command =
        app.add_subcommand("edit", say("Change the words of what is published", "Cambiar los textos de lo publicado"));
    command->add_option("publication", arguments->publication, say("Its id", "Su identificador"))->required();
    command->add_option("--title", arguments->title, say("A new title", "Un título nuevo"));
    command->add_option("--description", arguments->description, say("A new description", "Una descripción nueva"));
    command->add_option("--text", arguments->text,
                        say("A new text, where a post has one text", "Un texto nuevo, donde hay uno solo"));
    command->add_option(
        "--tag", arguments->tags,
        say("A tag; all of them in place of those it has", "Una etiqueta; todas en lugar de las que tiene"));
    command->add_flag("--no-wait", arguments->no_wait, say("Only ask for it", "Solo pedirlo"));
    command->callback(
        [&action, arguments] { action = [arguments](const Console& console) { return edit(console, *arguments); }; });
}

} // namespace vitrina
