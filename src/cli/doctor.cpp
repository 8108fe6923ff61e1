#include "access/access_rule.hpp"
#include "access/tokens.hpp"
#include "cli/doctor_platforms.hpp"
#include "cli/doctor_storage.hpp"
#include "cli/server_client.hpp"
#include "core/clock.hpp"
#include "core/run_task.hpp"
#include "jobs/queue.hpp"
#include "library/search_index.hpp"
#include "webhooks/webhook.hpp"

#include <boost/json.hpp>
#include <CLI/CLI.hpp>
#include <cstdlib>
#include <filesystem>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace vitrina {
namespace {

namespace json = boost::json;
namespace fs = std::filesystem;

struct Finding {
    enum class State { good, doubtful, bad } state = State::good;
    std::string what;
    std::string why; // why it matters; it and the fix are "" only when all is well
    std::string fix;
};

Finding good(std::string what)
{
    return {Finding::State::good, std::move(what), "", ""};
}

fs::path data_path(const Console& console)
{
    return fs::path(console.settings.text("VITRINA_DATA"));
}

// The directory itself, or what there is of the way to it: looking for trouble leaves nothing behind.
fs::path existing_part_of(const fs::path& path)
{
    std::error_code failed;
    fs::path part = fs::absolute(path, failed).lexically_normal();
    while (!fs::exists(part, failed) && part.has_relative_path())
        part = part.parent_path();
    return part;
}

Finding data_directory(const Console& console)
{
    const fs::path path = data_path(console);
    const fs::path there = existing_part_of(path);
    std::error_code failed;
    if (!fs::is_directory(there, failed) || ::access(there.c_str(), R_OK | W_OK | X_OK) != 0)
        return {Finding::State::bad,
                say("The data directory cannot be written: ", "No se puede escribir en el directorio de datos: ") +
                    path.string(),
                say("Videos and their entries are kept there.", "Ahí se guardan los videos y sus registros."),
                say("Give this user the directory, or choose another with VITRINA_DATA.",
                    "Da el directorio a este usuario, o elige otro con VITRINA_DATA.")};
    const std::string place = fs::absolute(path).lexically_normal().string();
    if (!fs::exists(path, failed))
        return good(
            say("Data directory, made on the first start: ", "Directorio de datos, se crea en el primer arranque: ") +
            place);
    return good(say("Data directory: ", "Directorio de datos: ") + place);
}

Finding free_space(const Console& console)
{
    struct statvfs disk{};
    if (::statvfs(existing_part_of(data_path(console)).c_str(), &disk) != 0)
        return {Finding::State::doubtful,
                say("The free space of the data directory is unknown.",
                    "No se conoce el espacio libre del directorio de datos."),
                say("Uploads are answered with 507 when the disk is full.",
                    "Las subidas se responden con 507 cuando el disco está lleno."),
                say("See whether the disk below VITRINA_DATA is mounted and answers: df -h",
                    "Mira si el disco de VITRINA_DATA está montado y responde: df -h")};
    const auto gib = double(disk.f_bavail) * double(disk.f_frsize) / double(1 << 30);
    const std::string amount = std::to_string(int(gib)) + " GiB";
    if (gib < 2)
        return {Finding::State::doubtful, say("Little free space: ", "Poco espacio libre: ") + amount,
                say("Uploads are answered with 507 when the disk is full.",
                    "Las subidas se responden con 507 cuando el disco está lleno."),
                say("Free some, or move VITRINA_DATA to a larger disk.",
                    "Libera espacio, o mueve VITRINA_DATA a un disco más grande.")};
    return good(say("Free space: ", "Espacio libre: ") + amount);
}

// 0 when there is no such file.
mode_t mode_of(const fs::path& file)
{
    struct stat facts{};
    return ::stat(file.c_str(), &facts) == 0 ? facts.st_mode : 0;
}

std::string others_can_read(const fs::path& file)
{
    return say("Other users can read ", "Otros usuarios pueden leer ") + file.string();
}

Finding secret_key(const Console& console)
{
    for (const char* setting : {"VITRINA_SECRET_KEY", "VITRINA_SECRET_KEY_SECRET"})
        if (!console.settings.text(setting).empty())
            return good(say("Key of the account tokens: the one in ", "Clave de los tokens de cuentas: la de ") +
                        std::string(setting));
    const fs::path file = data_path(console) / "secret.key";
    const mode_t mode = mode_of(file);
    if (mode == 0)
        return good(say("Key of the account tokens: made on the first start",
                        "Clave de los tokens de cuentas: se crea en el primer arranque"));
    if ((mode & 077) != 0)
        return {
            Finding::State::bad, others_can_read(file),
            say("It opens the tokens of every connected account.", "Abre los tokens de todas las cuentas conectadas."),
            "chmod 600 " + file.string()};
    return good(say("Key of the account tokens: readable by its owner only",
                    "Clave de los tokens de cuentas: solo la lee su dueño"));
}

fs::path database_file(const Console& console)
{
    return data_path(console) / "vitrina.db";
}

// Opening a database makes it, and that is the server's to do.
bool database_is_to_come(const Console& console)
{
    return console.settings.text("DB_HOST").empty() && mode_of(database_file(console)) == 0;
}

// SQLite makes its files with the modes of other files; it is the directory that keeps others out.
Finding database_mode(const Console& console)
{
    if (!console.settings.text("DB_HOST").empty())
        return good(
            say("Database: PostgreSQL keeps its own files", "Base de datos: PostgreSQL guarda sus propios archivos"));
    const fs::path file = database_file(console);
    const mode_t mode = mode_of(file);
    const mode_t way = mode_of(data_path(console));
    const bool group = (mode & 060) != 0 && (way & 010) != 0;
    const bool anyone = (mode & 006) != 0 && (way & 001) != 0;
    if (group || anyone)
        return {Finding::State::bad, others_can_read(file),
                say("It holds every video's entry, and the sealed tokens of the accounts.",
                    "Guarda los registros de todos los videos y los tokens sellados de las cuentas."),
                "chmod 700 " + data_path(console).string()};
    return good(say("Database file: readable by its owner only", "Archivo de la base de datos: solo lo lee su dueño"));
}

Finding database(const Console& console)
{
    if (database_is_to_come(console))
        return good(say("Database: made on the first start", "Base de datos: se crea en el primer arranque"));
    try {
        console.around.open_database(console.settings, SchemaCare::leave_as_it_is);
        return good(
            say("Database: opens, and its schema is current", "Base de datos: se abre, y su esquema está al día"));
    } catch (const SchemaBehind& behind) {
        return {Finding::State::doubtful, say("Database: ", "Base de datos: ") + std::string(behind.what()),
                say("The next start of this program updates it; an older server then no longer starts.",
                    "El próximo arranque de este programa lo actualiza; un servidor más viejo ya no arranca después."),
                say("Make a backup, then start the server.", "Haz una copia y después arranca el servidor.")};
    } catch (const std::exception& error) {
        return {
            Finding::State::bad,
            say("The database does not open: ", "La base de datos no se abre: ") + std::string(error.what()),
            say("Without it the server does not start.", "Sin ella el servidor no arranca."),
            console.settings.text("DB_HOST").empty()
                ? say("Check the data directory's owner and free space; restore it from a backup when it is damaged.",
                      "Revisa el dueño y el espacio del directorio de datos; recupérala de una copia si está dañada.")
                : say("Check DB_HOST, DB_PORT, DB_NAME, DB_USER, DB_PASSWORD and VITRINA_DB_TLS, and that the server "
                      "runs.",
                      "Revisa DB_HOST, DB_PORT, DB_NAME, DB_USER, DB_PASSWORD y VITRINA_DB_TLS, y que el servidor esté "
                      "en marcha.")};
    }
}

bool any_valid_token(const Console& console)
{
    if (database_is_to_come(console))
        return false;
    const SystemClock clock;
    const auto opened = console.around.open_database(console.settings, SchemaCare::leave_as_it_is);
    Tokens tokens(*opened, clock);
    return run_task(tokens.any_valid());
}

Finding search_index(const Console& console)
{
    try {
        if (!database_is_to_come(console)) {
            const auto opened = console.around.open_database(console.settings, SchemaCare::leave_as_it_is);
            if (!run_task(search_is_indexed(*opened)))
                return {Finding::State::doubtful, say("Search has no index.", "La búsqueda no tiene índice."),
                        say("Every search walks all videos: fine for thousands, slow for more.",
                            "Cada búsqueda recorre todos los videos: bien para miles, lento para más."),
                        say("As the database's administrator: ", "Como administrador de la base de datos: ") +
                            std::string(how_to_index_search)};
        }
    } catch (const std::exception&) {
        return {Finding::State::doubtful,
                say("Search could not be looked at without the database.",
                    "No se pudo revisar la búsqueda sin la base de datos."),
                say("Without an index every search walks all videos.",
                    "Sin índice, cada búsqueda recorre todos los videos."),
                say("Mend the database first.", "Arregla primero la base de datos.")};
    }
    return good(say("Search: through an index", "Búsqueda: por un índice"));
}

Finding work_given_up(const Console& console)
{
    constexpr int most_named = 5;
    std::vector<DeadJob> dead;
    try {
        if (!database_is_to_come(console)) {
            const SystemClock clock;
            const auto opened = console.around.open_database(console.settings, SchemaCare::leave_as_it_is);
            JobQueue queue(*opened, clock);
            dead = run_task(queue.dead(most_named));
        }
    } catch (const std::exception& error) {
        return {Finding::State::doubtful,
                say("What was given up could not be read: ", "No se pudo leer qué se abandonó: ") +
                    std::string(error.what()),
                say("Nobody tries that again by itself.", "Nadie vuelve a intentarlo por sí solo."),
                say("Mend the database first.", "Arregla primero la base de datos.")};
    }
    if (dead.empty())
        return good(
            say("No work was given up in the last 30 days", "No se abandonó ningún trabajo en los últimos 30 días"));
    std::string named;
    for (const DeadJob& job : dead)
        named += "\n        " + std::string(iso_without_zone(job.died_at)) + " " + job.kind + " " + job.subject + ": " +
                 job.last_error;
    return {
        Finding::State::doubtful,
        say("Work that was given up, the last of it:", "Trabajo abandonado, lo último:") + named,
        say("Nobody tries it again by itself.", "Nadie vuelve a intentarlo por sí solo."),
        say("Mend what the message names; then publish again (vitrina publish), or upload the video again.",
            "Arregla lo que dice el mensaje; después publica de nuevo (vitrina publish) o sube el video de nuevo.")};
}

// Their addresses may authorise by themselves: they are named by their ids.
Finding webhooks(const Console& console)
{
    std::vector<Webhook> troubled;
    try {
        if (!database_is_to_come(console)) {
            const auto opened = console.around.open_database(console.settings, SchemaCare::leave_as_it_is);
            troubled = run_task(troubled_webhooks(*opened));
        }
    } catch (const std::exception& error) {
        return {Finding::State::doubtful,
                say("Webhooks could not be looked at: ", "No se pudieron mirar los webhooks: ") +
                    std::string(error.what()),
                say("Whoever is told of nothing does not know it.", "A quien no se avisa, no lo sabe."),
                say("Mend the database first.", "Arregla primero la base de datos.")};
    }
    if (troubled.empty())
        return good(say("No webhook fails", "Ningún webhook falla"));
    std::string named;
    for (const Webhook& webhook : troubled)
        named += "\n        " + webhook.id.text() + " " + std::string(name(webhook.status)) +
                 (webhook.reason_code.empty() ? "" : " (" + webhook.reason_code + ")") + ", " +
                 std::to_string(webhook.pending) + say(" pending", " pendientes") +
                 (webhook.trouble.empty() ? "" : ": " + webhook.trouble);
    return {Finding::State::doubtful, say("Webhooks that take nothing:", "Webhooks que no aceptan nada:") + named,
            say("Their receivers are not told of what happens; what happened is kept for VITRINA_EVENTS_KEPT only.",
                "A sus receptores no se les avisa de lo que ocurre; lo ocurrido se guarda solo VITRINA_EVENTS_KEPT."),
            say("Mend the receiver, then: vitrina webhooks resume ID", "Arregla el receptor; luego: vitrina webhooks "
                                                                       "resume ID")};
}

Finding access(const Console& console)
{
    try {
        const bool any = any_valid_token(console);
        AccessRule stricter{Access::open, "", false};
        for (const char* listen : {"VITRINA_LISTEN", "VITRINA_PUBLISH_LISTEN"}) {
            const auto rule = access_rule({console.settings.text(listen), console.settings.text("VITRINA_PUBLIC_URL"),
                                           console.settings.yes("VITRINA_OPEN"), any});
            if (!rule)
                return {Finding::State::bad, rule.error().message,
                        say("The server refuses to start like this.", "Así el servidor se niega a arrancar."),
                        rule.error().hint};
            if (stricter.reason.empty() || rule->access == Access::tokens)
                stricter = *rule;
        }
        return good(say("Access: ", "Acceso: ") + stricter.reason);
    } catch (const std::exception&) {
        return {Finding::State::doubtful,
                say("Access could not be checked without the database.",
                    "No se pudo revisar el acceso sin la base de datos."),
                say("The database says whether there are access tokens, and so who is let in.",
                    "La base de datos dice si hay tokens de acceso, y con ello quién puede entrar."),
                say("Mend the database first, then run vitrina doctor again.",
                    "Arregla primero la base de datos y vuelve a ejecutar vitrina doctor.")};
    }
}

Finding media_reader(const Console& console)
{
    const std::string trouble = console.around.try_media_reader(console.settings);
    if (trouble.empty())
        return good(say("Media reader: reads a sample inside its sandbox",
                        "Lector de medios: lee una muestra dentro de su sandbox"));
    return {Finding::State::bad, say("The media reader does not work: ", "El lector de medios no funciona: ") + trouble,
            say("Uploads get no duration and no picture.", "Las subidas se quedan sin duración ni imagen."),
            say("Check that the kernel allows seccomp and that FFmpeg's libraries are installed: ./dev build.",
                "Comprueba que el kernel permite seccomp y que están las bibliotecas de FFmpeg: ./dev build.")};
}

Finding server(const Console& console)
{
    try {
        ServerClient client(console.settings);
        client.get("/livez");
        return good(say("A server answers at ", "Un servidor responde en ") + client.base());
    } catch (const CommandFailed& failed) {
        return {
            Finding::State::doubtful,
            say("No server answers at ", "Ningún servidor responde en ") +
                std::string(console.settings.text("VITRINA_SERVER")),
            say("upload, videos, publish and account talk to it.", "upload, videos, publish y account hablan con él."),
            say("Start it with: vitrina serve", "Se inicia con: vitrina serve")};
    }
}

Finding accounts(const Console& console)
{
    try {
        ServerClient client(console.settings);
        std::string lost;
        const json::value answer = client.get("/v1/accounts");
        const json::array list = answer.at("data").as_array();
        for (const json::value& account : list)
            if (account.at("status").as_string() != "connected")
                lost += (lost.empty() ? "" : ", ") + std::string(account.at("name").as_string());
        if (!lost.empty())
            return {Finding::State::bad,
                    say("Accounts to connect again: ", "Cuentas que hay que volver a conectar: ") + lost,
                    say("Their publications wait until then.", "Sus publicaciones esperan hasta entonces."),
                    "vitrina account connect …"};
        return good(std::to_string(list.size()) + say(" accounts connected", " cuentas conectadas"));
    } catch (const CommandFailed& failed) {
        const bool refused = failed.exit() == Exit::refused;
        return {Finding::State::doubtful,
                refused ? say("The server does not show its accounts: ", "El servidor no muestra sus cuentas: ") +
                              std::string(failed.what())
                        : say("Accounts could not be checked without a server.",
                              "No se pudieron revisar las cuentas sin servidor."),
                say("An account that has to be connected again holds its publications back.",
                    "Una cuenta que hay que volver a conectar retiene sus publicaciones."),
                refused ? say("Set VITRINA_TOKEN to the answer of: vitrina token create",
                              "Pon en VITRINA_TOKEN lo que responde: vitrina token create")
                        : say("Start it with: vitrina serve", "Se inicia con: vitrina serve")};
    }
}

Finding destinations(const Console& console)
{
    const auto redirected = console.settings.text("VITRINA_CONNECT_TO");
    if (redirected.empty())
        return good(say("Publishing goes to the real networks", "Se publica en las redes reales"));
    return {Finding::State::doubtful,
            say("Outgoing connections are redirected: ", "Las conexiones salientes se redirigen: ") +
                std::string(redirected),
            say("Nothing reaches the real networks (right for the sandbox, wrong in production).",
                "Nada llega a las redes reales (bien con el sandbox, mal en producción)."),
            say("Unset VITRINA_CONNECT_TO and VITRINA_CA_FILE to publish for real.",
                "Quita VITRINA_CONNECT_TO y VITRINA_CA_FILE para publicar de verdad.")};
}

const char* mark(Finding::State state)
{
    return state == Finding::State::good ? "ok  " : state == Finding::State::doubtful ? "?   " : "!!  ";
}

const char* word(Finding::State state)
{
    return state == Finding::State::good ? "ok" : state == Finding::State::doubtful ? "warning" : "error";
}

void show(const Console& console, const Finding& finding)
{
    if (console.json) {
        print(json::serialize(json::object{
            {"state", word(finding.state)}, {"what", finding.what}, {"why", finding.why}, {"fix", finding.fix}}));
        return;
    }
    print(mark(finding.state) + finding.what);
    if (!finding.why.empty())
        print("      " + finding.why);
    if (!finding.fix.empty())
        print("      → " + finding.fix);
}

Exit examine(const Console& console)
{
    Exit exit = Exit::done;
    for (auto* check : {data_directory, free_space, database, database_mode, search_index, work_given_up, webhooks,
                        secret_key, access, media_reader, server, accounts, destinations}) {
        const Finding finding = check(console);
        show(console, finding);
        if (finding.state == Finding::State::bad)
            exit = Exit::failed;
    }
    return exit;
}

} // namespace

void add_doctor(CLI::App& app, Action& action)
{
    auto* command = app.add_subcommand("doctor", say("Say what is wrong here, why it matters and how to mend it",
                                                     "Decir qué está mal, por qué importa y cómo arreglarlo"));
    const std::string meaning =
        say("Try out the S3 store instead, and say what it can do", "Probar el almacén S3, y decir qué sabe hacer");
    const auto* storage = command->add_flag("--storage", meaning);
    const std::string of_platforms = say("Say instead what each network still demands, and when its accounts end",
                                         "Decir en cambio qué pide todavía cada red y cuándo acaban sus cuentas");
    const auto* platforms = command->add_flag("--platforms", of_platforms);
    command->callback([&action, storage, platforms] {
        action = storage->count() > 0 ? examine_storage : platforms->count() > 0 ? examine_platforms : examine;
    });
}

} // namespace vitrina
