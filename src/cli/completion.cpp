#include "cli/console.hpp"

#include <CLI/CLI.hpp>

namespace vitrina {
namespace {

struct Words {
    std::string commands;                                        // "serve upload …"
    std::vector<std::pair<std::string, std::string>> subcommands; // "token" → "create list revoke"
    std::string flags;                                           // "--json --listen …"
};

Words words_of(const CLI::App& app)
{
    Words words;
    for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
        words.commands += command->get_name() + " ";
        std::string inner;
        for (const CLI::App* sub : command->get_subcommands([](const CLI::App*) { return true; }))
            inner += sub->get_name() + " ";
        if (!inner.empty())
            words.subcommands.emplace_back(command->get_name(), inner);
    }
    for (const CLI::Option* option : app.get_options())
        for (const std::string& name : option->get_lnames())
            words.flags += "--" + name + " ";
    return words;
}

std::string bash_script(const Words& words)
{
    std::string script = "_vitrina() {\n  local here=${COMP_WORDS[COMP_CWORD]}\n  if [[ $here == -* ]]; then\n"
                         "    COMPREPLY=($(compgen -W '" + words.flags + "' -- \"$here\")); return\n  fi\n"
                         "  case ${COMP_WORDS[1]} in\n";
    for (const auto& [command, subcommands] : words.subcommands)
        script += "  " + command + ") ((COMP_CWORD == 2)) && COMPREPLY=($(compgen -W '" + subcommands + "' -- \"$here\")) ;;\n";
    return script + "  upload) compopt -o default 2>/dev/null ;;\n"
                    "  *) ((COMP_CWORD == 1)) && COMPREPLY=($(compgen -W '" + words.commands + "' -- \"$here\")) ;;\n"
                    "  esac\n}\ncomplete -F _vitrina vitrina";
}

std::string zsh_script(const Words& words)
{
    return "#compdef vitrina\nautoload -U +X bashcompinit && bashcompinit\n" + bash_script(words);
}

std::string fish_script(const Words& words)
{
    std::string script = "complete -c vitrina -n __fish_use_subcommand -f -a '" + words.commands + "'\n";
    for (const auto& [command, subcommands] : words.subcommands)
        script += "complete -c vitrina -n '__fish_seen_subcommand_from " + command + "' -f -a '" + subcommands + "'\n";
    std::istringstream flags(words.flags);
    for (std::string flag; flags >> flag;)
        script += "complete -c vitrina -l " + flag.substr(2) + "\n";
    return script;
}

} // namespace

void add_completion(CLI::App& app, Action& action)
{
    auto shell = std::make_shared<std::string>();
    auto* command = app.add_subcommand("completion", say("Print shell completion: source <(vitrina completion bash)",
                                                         "Mostrar el autocompletado: source <(vitrina completion bash)"));
    command->add_option("shell", *shell, "bash, zsh, fish")->required()->check(CLI::IsMember({"bash", "zsh", "fish"}));
    command->callback([&app, &action, shell] {
        action = [&app, shell](const Console&) {
            const Words words = words_of(app);
            print(*shell == "bash" ? bash_script(words) : *shell == "zsh" ? zsh_script(words) : fish_script(words));
            return Exit::done;
        };
    });
}

} // namespace vitrina
