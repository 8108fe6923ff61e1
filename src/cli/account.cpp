#include "cli/account_connect.hpp"
#include "cli/server_client.hpp"

#include <boost/json.hpp>
#include <CLI/CLI.hpp>
#include <fstream>
#include <iostream>
#include <unistd.h>

namespace vitrina {
namespace {

namespace json = boost::json;

struct Arguments {
    std::string platform, server, remote_id, client_id, client_secret_file, refresh_token_file, access_token_file, id;
    bool sandbox = false;
};

// A secret given as an argument would be seen by every process of the machine: it comes from a file, or "-" asks.
std::string secret_from(const std::string& file, const char* what)
{
    std::string secret;
    if (file == "-") {
        if (::isatty(STDIN_FILENO) == 1)
            std::cerr << what << ": " << std::flush;
        std::getline(std::cin, secret);
    } else {
        std::ifstream in(file);
        std::getline(in, secret);
        if (!in && secret.empty())
            throw CommandFailed(Exit::usage, file + say(": cannot be read.", ": no se puede leer."));
    }
    return secret;
}

std::string member(const json::object& object, const char* name)
{
    const json::value* found = object.if_contains(name);
    return found && found->is_string() ? std::string(found->get_string()) : "";
}

// Asks the sandbox for an account of its network; what it answers is what a person would have copied by hand.
json::object sandbox_credentials(const Console& console, const std::string& platform)
{
    std::string page(console.settings.text("VITRINA_SANDBOX_PAGE"));
    if (page.empty())
        page = "http://127.0.0.1:5080";
    Outbound outbound{OutboundOptions{}};
    OutboundRequest request;
    request.method = Method::post;
    request.url = page + "/accounts";
    request.reach = Reach::operator_named;
    request.headers.add("Content-Type", "application/json");
    request.body.before = json::serialize(json::object{{"network", platform}, {"name", "vitrina"}});
    const OutboundResult result = outbound.fetch(std::move(request));
    const auto* reply = std::get_if<OutboundReply>(&result);
    if (!reply)
        throw CommandFailed(Exit::unreachable,
                            say("No sandbox answers at ", "Ningún sandbox responde en ") + page +
                                say(". Start it with: vitrina sandbox", ". Se inicia con: vitrina sandbox"));
    boost::system::error_code bad;
    const json::value body = json::parse(reply->body, bad);
    if (bad || !body.is_object())
        throw CommandFailed(Exit::failed, page + say(" is not the sandbox's page.", " no es la página del sandbox."));
    if (reply->status != 201)
        throw CommandFailed(Exit::refused, say("The sandbox refused: ", "El sandbox lo rechazó: ") +
                                               member(body.get_object(), "error"));
    return body.get_object();
}

json::object given_credentials(const Arguments& arguments)
{
    json::object account;
    const auto put = [&account](const char* name, const std::string& value) {
        if (!value.empty())
            account[name] = value;
    };
    put("base_url", arguments.server);
    put("remote_id", arguments.remote_id);
    put("client_id", arguments.client_id);
    if (!arguments.client_secret_file.empty())
        put("client_secret", secret_from(arguments.client_secret_file, "client secret"));
    if (!arguments.refresh_token_file.empty())
        put("refresh_token", secret_from(arguments.refresh_token_file, "refresh token"));
    if (!arguments.access_token_file.empty())
        put("access_token", secret_from(arguments.access_token_file, "access token"));
    return account;
}

std::string row(const json::object& account)
{
    return member(account, "id") + "  " + member(account, "platform") + "  " + member(account, "status") + "  " +
           member(account, "name") +
           (account.contains("sandbox") && account.at("sandbox") == true ? "  (sandbox)" : "");
}

Exit add(const Console& console, const Arguments& arguments)
{
    json::object wanted;
    if (arguments.sandbox) {
        const json::object made = sandbox_credentials(console, arguments.platform);
        for (const char* name :
             {"base_url", "remote_id", "client_id", "client_secret", "refresh_token", "access_token"})
            if (!member(made, name).empty())
                wanted[name] = made.at(name);
    } else {
        wanted = given_credentials(arguments);
    }
    wanted["platform"] = arguments.platform;
    ServerClient server(console.settings);
    const json::value account = server.post("/v1/accounts", wanted);
    print(console.json ? json::serialize(account) : say("Connected: ", "Conectada: ") + row(account.as_object()));
    return Exit::done;
}

Exit list(const Console& console)
{
    ServerClient server(console.settings);
    const json::value answer = server.get("/v1/accounts");
    for (const json::value& account : answer.at("data").as_array())
        print(console.json ? json::serialize(account) : row(account.as_object()));
    return Exit::done;
}

Exit remove(const Console& console, const Arguments& arguments)
{
    ServerClient server(console.settings);
    server.remove("/v1/accounts/" + in_query(arguments.id));
    if (!console.json)
        print(say("Removed.", "Quitada."));
    return Exit::done;
}

} // namespace

void add_account(CLI::App& app, Action& action)
{
    auto arguments = std::make_shared<Arguments>();
    auto* command = app.add_subcommand("account", say("Connect, list and remove accounts on the networks",
                                                      "Conectar, listar y quitar cuentas en las redes"));
    command->require_subcommand(1);

    auto connecting = std::make_shared<ConnectArguments>();
    auto* connect = command->add_subcommand(
        "connect", say("Connect an account on the network's own page", "Conectar una cuenta en la página de la red"));
    connect->add_option("platform", connecting->platform, "youtube, mastodon, …")->required();
    connect->add_option(
        "--base-url", connecting->server,
        say("Your server, where the network has many: https://…", "Tu servidor, si la red tiene varios: https://…"));
    connect->add_option(
        "--remote-id", connecting->remote_id,
        say("Which of several to publish as, without asking", "Como cuál de varias publicar, sin preguntar"));
    connect->add_option(
        "--name", connecting->name,
        say("Your name there, where one signs in (PeerTube)", "Tu nombre allí, si se entra con él (PeerTube)"));
    connect->add_option(
        "--password-file", connecting->password_file,
        say("File with the password; else it is asked for", "Archivo con la contraseña; si no, se pregunta"));
    connect->callback([&action, connecting] {
        action = [connecting](const Console& console) { return connect_account(console, *connecting); };
    });
    auto* added = command->add_subcommand("add", say("Connect an account with tokens that were made elsewhere",
                                                     "Conectar una cuenta con tokens hechos en otro lugar"));
    added->add_option("platform", arguments->platform, "youtube, mastodon, …")->required();
    added->add_flag("--sandbox", arguments->sandbox,
                    say("An account on the running sandbox", "Una cuenta en el sandbox en marcha"));
    added->add_option(
        "--base-url", arguments->server,
        say("Your server, where the network has many: https://…", "Tu servidor, si la red tiene varios: https://…"));
    added->add_option("--remote-id", arguments->remote_id,
                      say("Which of several the tokens are for: an organisation, a channel",
                          "Cuál de varias, si los tokens valen para varias: una organización, un canal"));
    added->add_option("--client-id", arguments->client_id,
                      say("Of your app at the network", "De tu aplicación en la red"));
    added->add_option("--client-secret-file", arguments->client_secret_file,
                      say("File with it; - asks", "Archivo que lo contiene; - pregunta"));
    added->add_option("--refresh-token-file", arguments->refresh_token_file,
                      say("File with it; - asks", "Archivo que lo contiene; - pregunta"));
    added->add_option("--access-token-file", arguments->access_token_file,
                      say("File with it; - asks", "Archivo que lo contiene; - pregunta"));
    added->callback(
        [&action, arguments] { action = [arguments](const Console& console) { return add(console, *arguments); }; });
    auto* listed = command->add_subcommand("list", say("List accounts", "Listar cuentas"));
    listed->callback([&action] { action = list; });
    auto* removed = command->add_subcommand("remove", say("Remove an account", "Quitar una cuenta"));
    removed->add_option("id", arguments->id)->required();
    removed->callback(
        [&action, arguments] { action = [arguments](const Console& console) { return remove(console, *arguments); }; });
}

} // namespace vitrina
