#include "access/access_rule.hpp"
#include "access/tokens.hpp"
#include "cli/run_task.hpp"
#include "cli/server_client.hpp"

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
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
    std::string why; // why it matters; "" when all is well
    std::string fix;
};

Finding good(std::string what)
{
    return {Finding::State::good, std::move(what), "", ""};
}

Finding data_directory(const Console& console)
{
    const fs::path path = console.settings.text("VITRINA_DATA");
    std::error_code failed;
    fs::create_directories(path, failed);
    if (failed || ::access(path.c_str(), R_OK | W_OK | X_OK) != 0)
        return {Finding::State::bad,
                say("The data directory cannot be written: ", "No se puede escribir en el directorio de datos: ") + path.string(),
                say("Videos and their entries are kept there.", "Ahí se guardan los videos y sus registros."),
                say("Give this user the directory, or choose another with VITRINA_DATA.",
                    "Da el directorio a este usuario, o elige otro con VITRINA_DATA.")};
    return good(say("Data directory: ", "Directorio de datos: ") + fs::absolute(path).lexically_normal().string());
}

Finding free_space(const Console& console)
{
    struct statvfs disk {};
    if (::statvfs(std::string(console.settings.text("VITRINA_DATA")).c_str(), &disk) != 0)
        return {Finding::State::doubtful, say("The free space of the data directory is unknown.", "No se conoce el espacio libre del directorio de datos."), "", ""};
    const auto gib = double(disk.f_bavail) * double(disk.f_frsize) / double(1 << 30);
    const std::string amount = std::to_string(int(gib)) + " GiB";
    if (gib < 2)
        return {Finding::State::doubtful, say("Little free space: ", "Poco espacio libre: ") + amount,
                say("Uploads are answered with 507 when the disk is full.", "Las subidas se responden con 507 cuando el disco está lleno."),
                say("Free some, or move VITRINA_DATA to a larger disk.", "Libera espacio, o mueve VITRINA_DATA a un disco más grande.")};
    return good(say("Free space: ", "Espacio libre: ") + amount);
}

Finding secret_key_file(const Console& console)
{
    const fs::path file = fs::path(console.settings.text("VITRINA_DATA")) / "secret.key";
    struct stat facts {};
    if (::stat(file.c_str(), &facts) != 0)
        return good(say("Key of the account tokens: made on the first start", "Clave de los tokens de cuentas: se crea en el primer arranque"));
    if ((facts.st_mode & 077) != 0)
        return {Finding::State::bad, say("Other users can read ", "Otros usuarios pueden leer ") + file.string(),
                say("It opens the tokens of every connected account.", "Abre los tokens de todas las cuentas conectadas."),
                "chmod 600 " + file.string()};
    return good(say("Key of the account tokens: readable by its owner only", "Clave de los tokens de cuentas: solo la lee su dueño"));
}

Finding database(const Console& console)
{
    try {
        console.around.open_database(console.settings);
        return good(say("Database: opens, and its schema is current", "Base de datos: se abre, y su esquema está al día"));
    } catch (const std::exception& error) {
        return {Finding::State::bad, say("The database does not open: ", "La base de datos no se abre: ") + std::string(error.what()),
                say("Without it the server does not start.", "Sin ella el servidor no arranca."),
                say("Check the data directory's owner and free space; restore it from a backup when it is damaged.",
                    "Revisa el dueño y el espacio del directorio de datos; recupérala de una copia si está dañada.")};
    }
}

Finding access(const Console& console)
{
    const SystemClock clock;
    try {
        const auto opened = console.around.open_database(console.settings);
        Tokens tokens(*opened, clock);
        const bool any = run_task(tokens.any_valid());
        const auto rule = access_rule(console.settings.text("VITRINA_LISTEN"), console.settings.yes("VITRINA_OPEN"), any);
        if (!rule)
            return {Finding::State::bad, rule.error().message,
                    say("The server refuses to start like this.", "Así el servidor se niega a arrancar."), rule.error().hint};
        return good(say("Access: ", "Acceso: ") + rule->reason);
    } catch (const std::exception&) {
        return {Finding::State::doubtful, say("Access could not be checked without the database.", "No se pudo revisar el acceso sin la base de datos."), "", ""};
    }
}

Finding media_reader(const Console& console)
{
    const std::string trouble = console.around.try_media_reader(console.settings);
    if (trouble.empty())
        return good(say("Media reader: reads a sample inside its sandbox", "Lector de medios: lee una muestra dentro de su sandbox"));
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
        return {Finding::State::doubtful, say("No server answers at ", "Ningún servidor responde en ") + std::string(console.settings.text("VITRINA_SERVER")),
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
            return {Finding::State::bad, say("Accounts to connect again: ", "Cuentas que hay que volver a conectar: ") + lost,
                    say("Their publications wait until then.", "Sus publicaciones esperan hasta entonces."), "vitrina account add …"};
        return good(std::to_string(list.size()) + say(" accounts connected", " cuentas conectadas"));
    } catch (const std::exception&) {
        return {Finding::State::doubtful, say("Accounts could not be checked without a server.", "No se pudieron revisar las cuentas sin servidor."), "", ""};
    }
}

Finding destinations(const Console& console)
{
    const auto redirected = console.settings.text("VITRINA_CONNECT_TO");
    if (redirected.empty())
        return good(say("Publishing goes to the real networks", "Se publica en las redes reales"));
    return {Finding::State::doubtful, say("Outgoing connections are redirected: ", "Las conexiones salientes se redirigen: ") + std::string(redirected),
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
        print(json::serialize(json::object{{"state", word(finding.state)}, {"what", finding.what},
                                           {"why", finding.why}, {"fix", finding.fix}}));
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
    for (auto* check : {data_directory, free_space, database, secret_key_file, access, media_reader, server, accounts, destinations}) {
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
    command->callback([&action] { action = examine; });
}

} // namespace vitrina
