#include "cli/console.hpp"

#include <CLI/CLI.hpp>

namespace vitrina {

void add_version(CLI::App& app, Action& action)
{
    auto* command = app.add_subcommand("version", say("Print the version", "Mostrar la versión"));
    command->callback([&action] {
        action = [](const Console& console) {
            print(console.json ? "{\"name\":\"vitrina\",\"version\":\"" VITRINA_VERSION "\"}"
                               : "vitrina " VITRINA_VERSION);
            return Exit::done;
        };
    });
}

} // namespace vitrina
