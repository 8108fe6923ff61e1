#include "moving/move.hpp"
#include "cli/move_display.hpp"
#include "cli/server_client.hpp"
#include "core/clock.hpp"
#include "core/run_task.hpp"
#include "core/vault.hpp"
#include "db/standing.hpp"
#include "moving/transfers.hpp"
#include "publishing/after_restore.hpp"
#include "webhooks/webhook.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <CLI/CLI.hpp>
#include <unistd.h>

namespace vitrina {
namespace {

namespace json = boost::json;

struct Arguments {
    std::string to;
    int drain = 60;
    bool reread = false, reopen = false, sure = false;
};

bool was_said(const Settings& settings, std::string_view name)
{
    return std::ranges::any_of(settings.all(), [name](const Settings::Chosen& chosen) {
        return chosen.setting->name == name && chosen.source != "default";
    });
}

// The directory's default is where the source itself may be: a destination says what it means.
Settings destination(const Console& console, const Arguments& arguments)
{
    auto settings = console.around.read_settings_file(arguments.to);
    if (!settings)
        throw CommandFailed(Exit::usage, settings.error().message);
    const bool needs_directory = settings->text("DB_HOST").empty() || settings->text("S3_BUCKET_NAME").empty();
    if (needs_directory && !was_said(*settings, "VITRINA_DATA"))
        throw CommandFailed(
            Exit::usage, arguments.to + say(": name VITRINA_DATA as well; the database or the files are to be there, "
                                            "as no DB_HOST or no S3_BUCKET_NAME is named.",
                                            ": indica también VITRINA_DATA; ahí irán la base de datos o los archivos, "
                                            "ya que no se indica DB_HOST o S3_BUCKET_NAME."));
    return std::move(*settings);
}

// What is sealed in the rows opens with the key that sealed it, and no other.
void check_secret_key(const Console& console, const Settings& to)
{
    const Secret mine = console.around.secret_keys(console.settings).present,
                 theirs = console.around.secret_keys(to).present;
    if (mine.empty() || mine.reveal() == theirs.reveal())
        return;
    const bool in_file = console.settings.text("VITRINA_SECRET_KEY").empty();
    const std::string source = in_file ? console.around.secret_key_file(console.settings) : "VITRINA_SECRET_KEY";
    const std::string place = console.around.secret_key_file(to);
    throw CommandFailed(
        Exit::usage,
        std::string(theirs.empty()
                        ? say("The destination has no secret key, and the accounts' tokens open with this one only. ",
                              "El destino no tiene clave secreta, y los tokens de las cuentas solo se abren con esta. ")
                        : say("The destination has another secret key, and the accounts' tokens open with this one "
                              "only. ",
                              "El destino tiene otra clave secreta, y los tokens de las cuentas solo se abren con "
                              "esta. ")) +
            say("Copy ", "Copia ") + source + say(" to ", " a ") + place +
            say(" (its owner's only), or set VITRINA_SECRET_KEY to the same there.",
                " (solo para su dueño), o pon allí la misma VITRINA_SECRET_KEY."));
}

void tell(const Console& console, const MoveReport& report, const Arguments& arguments)
{
    if (console.json) {
        print(json::serialize(json::object{{"was_done", report.was_done},
                                           {"objects", report.objects},
                                           {"bytes", report.bytes},
                                           {"rows", report.rows},
                                           {"copied_objects", report.copied_objects},
                                           {"copied_bytes", report.copied_bytes},
                                           {"refused_ms", report.refused.count()}}));
        return;
    }
    if (report.was_done)
        return print(say("The library was moved there already.", "La biblioteca ya se había movido ahí."));
    char seconds[32];
    std::snprintf(seconds, sizeof seconds, "%.1f s", double(report.refused.count()) / 1000);
    print(say("Moved and checked: ", "Movido y comprobado: ") + std::to_string(report.objects) +
          say(" files, ", " archivos, ") + std::to_string(report.bytes) + say(" bytes, ", " bytes, ") +
          std::to_string(report.rows) +
          say(" rows. Nothing could be changed for ", " filas. Nada se pudo cambiar durante ") + seconds + ".");
    print(say("Stop the servers here and start them with the settings of ",
              "Detén los servidores de aquí e inícialos con los ajustes de ") +
          arguments.to + say("; here nothing was deleted.", "; aquí no se ha borrado nada."));
}

Exit move(const Console& console, const Arguments& arguments)
{
    const Settings to = destination(console, arguments);
    check_secret_key(console, to);
    EventLoops loops(Transfers::at_once);
    loops.start();
    LibraryPlace source = console.around.open_library(console.settings, SchemaCare::leave_as_it_is);
    LibraryPlace target = console.around.open_library(to, SchemaCare::bring_up_to_date);
    MoveProgress progress;
    MoveOptions options{std::chrono::seconds(arguments.drain), arguments.reread};
    LibraryMove moving(loops, source, target, options, progress);
    const MoveReport report = run_shown(loops, moving.run(), progress, ::isatty(STDERR_FILENO) == 1);
    tell(console, report, arguments);
    return Exit::done;
}

Task<bool> reopen_it(Database& database)
{
    co_await reopen_library(database);
    co_return true;
}

// For who knows better: the other place is not served any more.
Exit reopen(const Console& console, const Arguments& arguments)
{
    LibraryPlace here = console.around.open_library(console.settings, SchemaCare::leave_as_it_is);
    const Standing standing = run_task(read_standing(*here.database));
    const bool was_moved = standing.state == Standing::State::moved;
    if (standing.state == Standing::State::arriving)
        throw CommandFailed(Exit::refused, refusal_to_serve(standing, here.files));
    if (!was_moved && standing.files_mark.empty()) {
        print(say("The library is open.", "La biblioteca está abierta."));
        return Exit::done;
    }
    if (!arguments.sure)
        throw CommandFailed(
            Exit::usage,
            say("What was changed at the other place since is not here, and two places that are served both publish. ",
                "Lo que se cambió en el otro lugar desde entonces no está aquí, y dos lugares en marcha publican los "
                "dos. ") +
                std::string(say("If nothing is served there any more: vitrina move --reopen --yes",
                                "Si allí ya no hay nada en marcha: vitrina move --reopen --yes")));
    const SystemClock clock;
    const std::int64_t settled = was_moved ? run_task(settle_restored_publications(*here.database, clock)) : 0;
    // The other place has told of what happened there; whoever was told of it should not hear another story unasked.
    const std::int64_t paused = was_moved ? run_task(pause_restored_webhooks(*here.database)) : 0;
    run_task(reopen_it(*here.database));
    print(say("The library is open here again. Publications that need a look: ",
              "La biblioteca está abierta aquí de nuevo. Publicaciones por revisar: ") +
          std::to_string(settled));
    if (paused > 0)
        print(say("Webhooks that are paused until you resume them: ", "Webhooks en pausa hasta que los reanudes: ") +
              std::to_string(paused));
    return Exit::done;
}

} // namespace

void add_move(CLI::App& app, Action& action)
{
    auto arguments = std::make_shared<Arguments>();
    auto* command =
        app.add_subcommand("move", say("Move the library to another database, bucket or directory while it is served",
                                       "Mover la biblioteca a otra base de datos, bucket o directorio, en marcha"));
    auto* to = command->add_option("--to", arguments->to,
                                   say("The settings of the destination: a .toml or .env file",
                                       "Los ajustes del destino: un archivo .toml o .env"));
    command
        ->add_option(
            "--drain", arguments->drain,
            say("Seconds to wait for uploads and jobs under way", "Segundos de espera por lo que está en curso"))
        ->check(CLI::Range(0, 86'400))
        ->capture_default_str();
    command->add_flag("--reread", arguments->reread,
                      say("Read every file once more at the destination", "Releer cada archivo en el destino"));
    auto* back = command->add_flag("--reopen", arguments->reopen,
                                   say("Serve the library from here again, as it was when it was moved away",
                                       "Servir la biblioteca desde aquí de nuevo, como era cuando se movió"));
    command->add_flag("--yes", arguments->sure, say("With --reopen: be sure", "Con --reopen: estar seguro"))
        ->needs(back);
    to->excludes(back);
    command->callback([&action, arguments] {
        if (arguments->to.empty() && !arguments->reopen)
            throw CLI::RequiredError("--to");
        action = [arguments](const Console& console) {
            return arguments->reopen ? reopen(console, *arguments) : move(console, *arguments);
        };
    });
}

} // namespace vitrina
