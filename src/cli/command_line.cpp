#include "cli/command_line.hpp"

#include "cli/server_client.hpp"
#include "core/log.hpp"

#include <CLI/CLI.hpp>
#include <unistd.h>

namespace vitrina {
namespace {

// Every setting is a flag of every command: `vitrina serve --listen 0.0.0.0:5000`.
void add_setting_flags(CLI::App& app, SettingsLayer& flags)
{
    for (const Setting& setting : all_settings()) {
        const std::string name(setting.name);
        const auto keep = [&flags, name](const std::string& value) { flags.values[name] = value; };
        app.add_option_function<std::string>("--" + flag_name(setting), keep, std::string(setting.meaning))
            ->group(say("Settings", "Ajustes"))
            ->type_name(setting.fallback.empty() ? "…" : std::string(setting.fallback));
    }
}

LogLevel log_level(std::string_view word)
{
    if (word == "debug")
        return LogLevel::debug;
    if (word == "warn")
        return LogLevel::warn;
    if (word == "error")
        return LogLevel::error;
    return LogLevel::info;
}

void set_up_log_from(const Settings& settings)
{
    const auto format = settings.text("VITRINA_LOG_FORMAT");
    const bool text = format == "text" || (format != "json" && ::isatty(STDERR_FILENO) == 1);
    set_up_log(log_level(settings.text("VITRINA_LOG")), text ? LogFormat::text : LogFormat::json);
}

} // namespace

int run_command_line(int argc, char** argv, const Surroundings& around)
{
    CLI::App app{say("Vitrina: upload once, watch anywhere, publish everywhere.",
                     "Vitrina: subir una vez, ver en todas partes, publicar en todas las redes."),
                 "vitrina"};
    app.require_subcommand(1);
    app.fallthrough();
    app.footer(say("Exit codes: 0 done; 1 it did not work; 2 wrong arguments or settings; 3 no server answered;\n"
                   "4 the server said no.",
                   "Códigos de salida: 0 hecho; 1 no funcionó; 2 argumentos o ajustes incorrectos; 3 ningún servidor\n"
                   "respondió; 4 el servidor dijo que no."));

    SettingsLayer flags{"flag", {}};
    bool json = false;
    Action action;
    app.add_flag("--json", json, say("Answer as JSON, for scripts", "Responder en JSON, para guiones"));
    add_setting_flags(app, flags);
    for (auto* add :
         {add_serve,    add_upload, add_videos, add_events, add_publish, add_edit,      add_account, add_pace,
          add_webhooks, add_token,  add_move,   add_rekey,  add_backup,  add_restore,   add_verify,  add_sandbox,
          add_health,   add_doctor, add_fsck,   add_config, add_version, add_completion})
        add(app, action);

    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        const int code = app.exit(error);
        return code == 0 ? 0 : int(Exit::usage);
    }

    auto settings = around.read_settings(std::move(flags));
    if (!settings) {
        complain(settings.error().message);
        return int(Exit::usage);
    }
    set_up_log_from(*settings);
    try {
        return int(action(Console{*settings, around, json}));
    } catch (const CommandFailed& failed) {
        complain(failed.what());
        return int(failed.exit());
    } catch (const std::exception& error) {
        complain(error.what());
        return int(Exit::failed);
    }
}

} // namespace vitrina
