#include "cli/server_client.hpp"
#include "core/run_task.hpp"
#include "core/vault.hpp"
#include "publishing/sealed_columns.hpp"
#include "webhooks/sealed_columns.hpp"

#include <boost/json.hpp>
#include <CLI/CLI.hpp>
#include <vector>

namespace vitrina {
namespace {

namespace json = boost::json;

struct Arguments {
    bool new_key = false, forget_former = false;
};

std::vector<SealedColumn> everything_sealed()
{
    std::vector<SealedColumn> columns(sealed_by_publishing.begin(), sealed_by_publishing.end());
    columns.insert(columns.end(), sealed_by_webhooks.begin(), sealed_by_webhooks.end());
    return columns;
}

// The file, where the key is kept in one: only such a key is ours to change.
std::string own_key_file(const Console& console)
{
    for (const char* setting : {"VITRINA_SECRET_KEY", "VITRINA_SECRET_KEY_SECRET"})
        if (!console.settings.text(setting).empty())
            throw CommandFailed(
                Exit::usage,
                say("The key is the one in ", "La clave es la de ") + std::string(setting) +
                    say(": change it there, with the former one in VITRINA_OTHER_SECRET_KEYS, restart, and run vitrina "
                        "rekey.",
                        ": cámbiala ahí, con la anterior en VITRINA_OTHER_SECRET_KEYS, reinicia y ejecuta vitrina "
                        "rekey."));
    return console.around.secret_key_file(console.settings);
}

SecretKeys keys_here(const Console& console)
{
    SecretKeys keys = console.around.secret_keys(console.settings);
    if (keys.present.empty())
        throw CommandFailed(Exit::refused,
                            say("There is no secret key here yet: it is made on the first start of the server.",
                                "Aún no hay clave secreta aquí: se crea en el primer arranque del servidor."));
    return keys;
}

// Twice: a server that meets the new key for the first time may have sealed something with the former until then.
Resealed reseal_all(Database& database, const Vault& vault, const std::vector<SealedColumn>& columns)
{
    Resealed first = run_task(reseal(database, vault, columns));
    const Resealed again = run_task(reseal(database, vault, columns));
    return {first.rows + again.rows, again.unreadable};
}

Exit report(const Console& console, const Vault& vault, const Resealed& done, bool forgot)
{
    if (console.json)
        print(json::serialize(json::object{{"key_id", vault.key_id()},
                                           {"resealed", done.rows},
                                           {"unreadable", done.unreadable},
                                           {"former_keys_forgotten", forgot}}));
    else
        print(std::to_string(done.rows) +
              say(" secrets were sealed anew with the key ", " secretos se sellaron de nuevo con la clave ") +
              vault.key_id());
    if (done.unreadable > 0) {
        complain(std::to_string(done.unreadable) +
                 say(" secrets open with none of the keys that are here, and stay as they are. Name their key in "
                     "VITRINA_OTHER_SECRET_KEYS and run it again, or connect those accounts again.",
                     " secretos no se abren con ninguna de las claves de aquí y quedan como están. Indica su clave en "
                     "VITRINA_OTHER_SECRET_KEYS y repite, o vuelve a conectar esas cuentas."));
        return Exit::failed;
    }
    if (!forgot && !console.json)
        print(say("A former key may go once every process of Vitrina was restarted since: run vitrina rekey once more "
                  "then, with --forget-former where the key is kept in the data directory.",
                  "Una clave anterior puede quitarse cuando se hayan reiniciado todos los procesos de Vitrina: ejecuta "
                  "entonces vitrina rekey otra vez, con --forget-former si la clave está en el directorio de datos."));
    return Exit::done;
}

Exit rekey(const Console& console, const Arguments& arguments)
{
    const bool changes_file = arguments.new_key || arguments.forget_former;
    const std::string file = changes_file ? own_key_file(console) : std::string();
    keys_here(console); // before anything is changed
    const auto database = console.around.open_database(console.settings, SchemaCare::leave_as_it_is);
    const std::vector<SealedColumn> columns = everything_sealed();
    if (arguments.new_key)
        change_secret_key(file);
    const Vault vault(keys_here(console));
    const Resealed done = reseal_all(*database, vault, columns);
    const bool may_forget = arguments.forget_former && run_task(count_under_other_keys(*database, vault, columns)) == 0;
    if (may_forget)
        forget_other_keys(file);
    return report(console, vault, done, may_forget);
}

} // namespace

void add_rekey(CLI::App& app, Action& action)
{
    auto arguments = std::make_shared<Arguments>();
    auto* command = app.add_subcommand(
        "rekey", say("Seal the accounts' tokens and the webhooks' secrets with the present key, while it is served",
                     "Sellar los tokens de las cuentas y los secretos de los webhooks con la clave actual, en marcha"));
    auto* fresh = command->add_flag(
        "--new-key", arguments->new_key,
        say("Make a new key first, where it is kept in the data directory; the former one still opens",
            "Crear antes una clave nueva, si está en el directorio de datos; la anterior sigue abriendo"));
    command
        ->add_flag("--forget-former", arguments->forget_former,
                   say("Remove the former keys from the data directory, when nothing is sealed with them",
                       "Quitar del directorio de datos las claves anteriores, si ya nada está sellado con ellas"))
        ->excludes(fresh);
    command->callback(
        [&action, arguments] { action = [arguments](const Console& console) { return rekey(console, *arguments); }; });
}

} // namespace vitrina
