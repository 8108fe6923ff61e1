#include "moving/backup.hpp"
#include "cli/move_display.hpp"
#include "cli/server_client.hpp"
#include "core/clock.hpp"
#include "core/run_task.hpp"
#include "core/vault.hpp"
#include "moving/restore.hpp"
#include "moving/transfers.hpp"
#include "publishing/after_restore.hpp"
#include "webhooks/webhook.hpp"

#include <boost/json.hpp>
#include <CLI/CLI.hpp>
#include <filesystem>
#include <unistd.h>

namespace vitrina {
namespace {

namespace json = boost::json;

struct Arguments {
    std::string place, snapshot;
    bool with_secret_key = false;
};

bool on_terminal()
{
    return ::isatty(STDERR_FILENO) == 1;
}

std::string key_id_of(const Secret& key)
{
    return key.empty() ? "" : Vault(key).key_id();
}

std::string contents(std::uint64_t objects, std::uint64_t bytes, std::uint64_t rows)
{
    return std::to_string(objects) + say(" files, ", " archivos, ") + std::to_string(bytes) +
           say(" bytes, ", " bytes, ") + std::to_string(rows) + say(" rows", " filas");
}

Exit back_up(const Console& console, const Arguments& arguments)
{
    const Secret key = console.around.secret_keys(console.settings).present;
    if (arguments.with_secret_key && key.empty())
        throw CommandFailed(Exit::usage, say("There is no secret key yet to put into the backup.",
                                             "Aún no hay una clave secreta que incluir en la copia."));
    BackupOptions options{VITRINA_VERSION, key_id_of(key), arguments.with_secret_key ? key.reveal() : std::string()};
    EventLoops loops(Transfers::at_once);
    loops.start();
    LibraryPlace library = console.around.open_library(console.settings, SchemaCare::leave_as_it_is);
    const auto store = console.around.open_backups(arguments.place);
    const SystemClock clock;
    MoveProgress progress;
    Backup backup(loops, library, *store, clock, std::move(options), progress);
    const BackupReport report = run_shown(loops, backup.run(), progress, on_terminal());
    if (console.json) {
        print(json::serialize(json::object{{"id", report.id},
                                           {"objects", report.objects},
                                           {"bytes", report.bytes},
                                           {"rows", report.rows},
                                           {"copied_objects", report.copied_objects},
                                           {"copied_bytes", report.copied_bytes}}));
        return Exit::done;
    }
    print(report.id + "  " + contents(report.objects, report.bytes, report.rows) +
          say("; new in it: ", "; nuevo en ella: ") + std::to_string(report.copied_objects) +
          say(" files, ", " archivos, ") + std::to_string(report.copied_bytes) + " bytes");
    if (!arguments.with_secret_key)
        complain(say("The secret key is not in it: keep it apart, it opens the accounts' tokens.",
                     "La clave secreta no está en ella: guárdala aparte, abre los tokens de las cuentas."));
    return Exit::done;
}

std::string wanted_backup(ObjectStore& store, const Arguments& arguments)
{
    const std::string id = arguments.snapshot.empty() ? run_task(newest_backup(store)) : arguments.snapshot;
    if (id.empty())
        throw CommandFailed(Exit::refused, say("There is no backup in ", "No hay ninguna copia en ") + arguments.place);
    return id;
}

// A misspelt directory is not made.
std::unique_ptr<ObjectStore> open_existing(const Console& console, const std::string& place)
{
    if (!std::filesystem::exists(place))
        throw CommandFailed(Exit::usage, say("There is nothing at ", "No hay nada en ") + place);
    return console.around.open_backups(place);
}

Exit verify(const Console& console, const Arguments& arguments)
{
    EventLoops loops(1);
    loops.start();
    const auto store = open_existing(console, arguments.place);
    const std::string id = wanted_backup(*store, arguments);
    MoveProgress progress;
    const BackupCheck check = run_shown(loops, check_backup(*store, id, progress), progress, on_terminal());
    if (console.json)
        print(json::serialize(json::object{{"id", id},
                                           {"whole", check.wrong.empty()},
                                           {"objects", check.objects},
                                           {"bytes", check.bytes},
                                           {"rows", check.rows},
                                           {"wrong", check.wrong}}));
    if (!check.wrong.empty()) {
        complain(say("The backup is damaged. ", "La copia está dañada. ") + check.wrong);
        return Exit::failed;
    }
    if (!console.json)
        print(id + say("  is whole: ", "  está completa: ") + contents(check.objects, check.bytes, check.rows));
    return Exit::done;
}

// The key of the backup, where it holds one and none is here; else a word about the one that is needed.
void bring_key(const Console& console, ObjectStore& store, const Manifest& manifest)
{
    const Secret here = console.around.secret_keys(console.settings).present;
    if (manifest.key_id.empty() || key_id_of(here) == manifest.key_id)
        return;
    const std::string file = console.around.secret_key_file(console.settings);
    if (here.empty() && !manifest.secret_key_sha256.empty()) {
        const auto kept = run_task(read_small(store, snapshot_key(manifest.id, "secret.key"), 4096));
        std::error_code ignored;
        std::filesystem::create_directories(std::filesystem::path(file).parent_path(), ignored);
        if (kept && bring_secret_key(file, Secret(*kept)))
            return print(say("The secret key of the backup is in ", "La clave secreta de la copia está en ") + file);
    }
    complain(
        (here.empty() ? say("There is no secret key here. ", "Aquí no hay clave secreta. ")
                      : say("The secret key here is another one. ", "La clave secreta de aquí es otra. ")) +
        std::string(say("Put the original's in ", "Pon la del original en ")) + file +
        say(" or VITRINA_SECRET_KEY before the first start; without it every account has to be connected again.",
            " o en VITRINA_SECRET_KEY antes del primer arranque; sin ella hay que volver a conectar cada cuenta."));
}

// run_task gives what can be made empty first.
Task<std::optional<Manifest>> find_manifest(ObjectStore& store, std::string id)
{
    Manifest manifest = co_await get_manifest(store, std::move(id));
    co_return manifest;
}

// The original went on meanwhile: what is posted or sent from here would be so a second time.
Task<std::int64_t> settle(Database& database, const Clock& clock, std::int64_t& paused_webhooks)
{
    paused_webhooks = co_await pause_restored_webhooks(database);
    co_return co_await settle_restored_publications(database, clock);
}

Exit restore(const Console& console, const Arguments& arguments)
{
    EventLoops loops(Transfers::at_once);
    loops.start();
    const auto store = open_existing(console, arguments.place);
    const std::string id = wanted_backup(*store, arguments);
    LibraryPlace library = console.around.open_library(console.settings, SchemaCare::bring_up_to_date);
    const SystemClock clock;
    MoveProgress progress;
    std::int64_t webhooks = 0;
    const SettlePublications settled = [&](Database& database) { return settle(database, clock, webhooks); };
    const RestoreReport report =
        run_shown(loops, restore_backup(loops, *store, id, library, settled, progress), progress, on_terminal());
    if (console.json)
        print(json::serialize(json::object{{"id", id},
                                           {"objects", report.objects},
                                           {"bytes", report.bytes},
                                           {"rows", report.rows},
                                           {"publications", report.publications},
                                           {"webhooks", webhooks}}));
    else
        print(say("Restored from ", "Restaurado de ") + id + ": " +
              contents(report.objects, report.bytes, report.rows));
    if (report.publications > 0)
        complain(
            std::to_string(report.publications) +
            say(" publications were under way when the backup was made and may have been posted since: they are "
                "outcome_unknown, and nothing is posted before you say so.",
                " publicaciones estaban en curso cuando se hizo la copia y quizá se publicaron después: quedan como "
                "outcome_unknown y nada se publica hasta que lo digas."));
    if (webhooks > 0)
        complain(std::to_string(webhooks) +
                 say(" webhooks are paused: resume those that this copy is to tell of what happens.",
                     " webhooks están en pausa: reanuda los que esta copia deba avisar de lo que ocurra."));
    bring_key(console, *store, run_task(find_manifest(*store, id)).value());
    return Exit::done;
}

void add_place(CLI::App& command, const char* name, Arguments& arguments)
{
    command
        .add_option(name, arguments.place,
                    say("A directory, or a file of settings that names a bucket",
                        "Un directorio, o un archivo de ajustes que indica un bucket"))
        ->required();
}

void add_snapshot(CLI::App& command, Arguments& arguments)
{
    command.add_option("--snapshot", arguments.snapshot,
                       say("Which backup; else the newest", "Qué copia; si no, la más reciente"));
}

} // namespace

void add_backup(CLI::App& app, Action& action)
{
    auto arguments = std::make_shared<Arguments>();
    auto* command = app.add_subcommand(
        "backup", say("Back the library up while it is served", "Copiar la biblioteca mientras está en marcha"));
    add_place(*command, "--to", *arguments);
    command->add_flag("--with-secret-key", arguments->with_secret_key,
                      say("Put the key that opens the accounts' tokens into the backup",
                          "Incluir en la copia la clave que abre los tokens de las cuentas"));
    command->callback([&action, arguments] {
        action = [arguments](const Console& console) { return back_up(console, *arguments); };
    });
}

void add_restore(CLI::App& app, Action& action)
{
    auto arguments = std::make_shared<Arguments>();
    auto* command = app.add_subcommand(
        "restore", say("Bring a backup into an empty place", "Restaurar una copia en un lugar vacío"));
    add_place(*command, "--from", *arguments);
    add_snapshot(*command, *arguments);
    command->callback([&action, arguments] {
        action = [arguments](const Console& console) { return restore(console, *arguments); };
    });
}

void add_verify(CLI::App& app, Action& action)
{
    auto arguments = std::make_shared<Arguments>();
    auto* command = app.add_subcommand(
        "verify", say("Read a backup and say whether it is whole", "Leer una copia y decir si está completa"));
    add_place(*command, "backup", *arguments);
    add_snapshot(*command, *arguments);
    command->callback(
        [&action, arguments] { action = [arguments](const Console& console) { return verify(console, *arguments); }; });
}

} // namespace vitrina
