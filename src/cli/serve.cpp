#include "cli/console.hpp"

#include <CLI/CLI.hpp>

namespace vitrina {

void add_serve(CLI::App& app, Action& action)
{
    auto* command = app.add_subcommand("serve", say("Run the server (its parts: --roles video,publish,work)",
                                                    "Ejecutar el servidor (sus partes: --roles video,publish,work)"));
    command->callback([&action] {
        action = [](const Console& console) {
            return console.around.serve(console.settings) == 0 ? Exit::done : Exit::failed;
        };
    });
}

} // namespace vitrina
