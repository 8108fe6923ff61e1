#include "cli/console.hpp"

#include <CLI/CLI.hpp>
#include <sstream>

namespace vitrina {
namespace {

// What may follow a command. The path of the program itself is "", that of a subcommand "account add".
struct Place {
    std::string path;
    std::string words;  // "add list remove ": subcommands, or what else may stand there
    std::string flags;  // "--title --tag ": its own, besides those of the program
    int behind = 0;     // so many other words come before those
};

std::vector<const CLI::App*> commands_in(const CLI::App& app)
{
    return app.get_subcommands([](const CLI::App*) { return true; });
}

std::string flags_of(const CLI::App& app)
{
    std::string flags;
    for (const CLI::Option* option : app.get_options())
        for (const std::string& name : option->get_lnames())
            if (name != "help" || app.get_parent() == nullptr)
                flags += "--" + name + " ";
    return flags;
}

void add_places(const CLI::App& app, const std::string& path, std::vector<Place>& places)
{
    Place place{path, "", flags_of(app)};
    for (const CLI::App* command : commands_in(app))
        place.words += command->get_name() + " ";
    places.push_back(std::move(place));
    for (const CLI::App* command : commands_in(app))
        add_places(*command, path.empty() ? command->get_name() : path + " " + command->get_name(), places);
}

std::vector<Place> places_of(const CLI::App& app, const std::vector<std::string>& platforms)
{
    std::string networks;
    for (const std::string& platform : platforms)
        networks += platform + " ";

    std::vector<Place> places;
    add_places(app, "", places);
    for (Place& place : places) {
        if (place.path == "account add" || place.path == "account connect")
            place.words = networks;
        if (place.path == "publish") {
            place.words = networks;
            place.behind = 1; // the video
        }
        if (place.path == "completion")
            place.words = "bash zsh fish ";
    }
    return places;
}

// "account add" → "account/add", "videos" → "/videos": where one is, and the word that leads further.
std::string step_to(const std::string& path)
{
    const auto space = path.find(' ');
    return space == std::string::npos ? "/" + path : path.substr(0, space) + "/" + path.substr(space + 1);
}

std::string bash_script(const std::vector<Place>& places)
{
    std::string steps;
    std::string cases;
    for (const Place& place : places) {
        if (!place.path.empty())
            steps += (steps.empty() ? "" : "|") + step_to(place.path);
        cases += "  '" + place.path + "') offered='" + place.words + "' flags='" + place.flags +
                 "' behind=" + std::to_string(place.behind) + " ;;\n";
    }
    return "_vitrina() {\n"
           "  local here=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n"
           "  local place= offered= flags= word= i= behind=0 others=0\n"
           "  COMPREPLY=()\n"
           "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
           "    word=${COMP_WORDS[i]}\n"
           "    case $place/$word in\n"
           "    " +
           steps +
           ") place=${place:+$place }$word ;;\n"
           "    */-*) ;;\n"
           "    *) ((others += 1)) ;;\n"
           "    esac\n"
           "  done\n"
           "  case $place in\n" +
           cases +
           "  esac\n"
           "  if [[ $here == -* ]]; then\n"
           "    COMPREPLY=($(compgen -W \"$flags " +
           places.front().flags +
           "\" -- \"$here\"))\n"
           "  elif [[ $place == upload || $before == --*-file ]]; then\n"
           "    compopt -o default 2>/dev/null || COMPREPLY=($(compgen -f -- \"$here\"))\n"
           "  elif ((others >= behind)); then\n"
           "    COMPREPLY=($(compgen -W \"$offered\" -- \"$here\"))\n"
           "  fi\n"
           "}\n"
           "complete -F _vitrina vitrina";
}

std::string zsh_script(const std::vector<Place>& places)
{
    return "#compdef vitrina\nautoload -U +X bashcompinit && bashcompinit\n" + bash_script(places);
}

// When fish is at this place: its words were said, and none that leads further.
std::string fish_condition(const Place& place)
{
    if (place.path.empty())
        return "__fish_use_subcommand";
    std::string condition;
    std::istringstream path(place.path);
    for (std::string word; path >> word;)
        condition += (condition.empty() ? "" : "; and ") + ("__fish_seen_subcommand_from " + word);
    if (place.behind > 0)
        condition += "; and test (count (commandline -opc)) -gt " + std::to_string(1 + place.behind);
    return condition;
}

std::string fish_flag(const std::string& condition, const std::string& flag)
{
    std::string line = "complete -c vitrina";
    if (!condition.empty())
        line += " -n '" + condition + "'";
    line += " -l " + flag.substr(2);
    return line + (flag.ends_with("-file") ? " -r -F\n" : "\n");
}

std::string fish_script(const std::vector<Place>& places)
{
    std::string script;
    for (const Place& place : places) {
        if (!place.words.empty())
            script += "complete -c vitrina -n '" + fish_condition(place) + "' -f -a '" + place.words + "'\n";
        Place at_once = place;
        at_once.behind = 0;
        std::istringstream flags(place.flags);
        for (std::string flag; flags >> flag;)
            script += fish_flag(place.path.empty() ? "" : fish_condition(at_once), flag);
    }
    return script;
}

} // namespace

void add_completion(CLI::App& app, Action& action)
{
    auto shell = std::make_shared<std::string>();
    auto* command =
        app.add_subcommand("completion", say("Print shell completion: source <(vitrina completion bash)",
                                             "Mostrar el autocompletado: source <(vitrina completion bash)"));
    command->add_option("shell", *shell, "bash, zsh, fish")->required()->check(CLI::IsMember({"bash", "zsh", "fish"}));
    command->callback([&app, &action, shell] {
        action = [&app, shell](const Console& console) {
            const auto places = places_of(app, console.around.platforms);
            print(*shell == "bash" ? bash_script(places) : *shell == "zsh" ? zsh_script(places) : fish_script(places));
            return Exit::done;
        };
    });
}

} // namespace vitrina
