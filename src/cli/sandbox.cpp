#include "cli/console.hpp"

#include <CLI/CLI.hpp>

namespace vitrina {

void add_sandbox(CLI::App& app, Action& action)
{
    auto arguments = std::make_shared<SandboxArguments>();
    auto* command =
        app.add_subcommand("sandbox", say("Run the stand-in networks: publish without leaving this machine",
                                          "Ejecutar las redes de prueba: publicar sin salir de esta máquina"));
    command
        ->add_option("--listen", arguments->listen,
                     say("Address of the networks (TLS)", "Dirección de las redes (TLS)"))
        ->capture_default_str();
    command
        ->add_option("--page", arguments->page,
                     say("Address of the page and the control API", "Dirección de la página y de la API de control"))
        ->capture_default_str();
    command->add_option("--data", arguments->data, say("Directory of its ledger", "Directorio de su registro"))
        ->capture_default_str();
    command->callback([&action, arguments] {
        action = [arguments](const Console& console) {
            return console.around.sandbox(*arguments) == 0 ? Exit::done : Exit::failed;
        };
    });
}

} // namespace vitrina
