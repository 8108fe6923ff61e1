#include "cli/account_connect.hpp"

#include "cli/server_client.hpp"
#include "cli/typed_lines.hpp"

#include <boost/json.hpp>
#include <charconv>
#include <fstream>

namespace vitrina {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

constexpr auto look_again_after = 1000ms;

std::string member(const json::value& object, const char* name)
{
    const json::value* found = object.as_object().if_contains(name);
    return found && found->is_string() ? std::string(found->get_string()) : "";
}

bool is_true(const json::value& object, const char* name)
{
    const json::value* found = object.as_object().if_contains(name);
    return found && found->is_bool() && found->get_bool();
}

json::value platform_named(ServerClient& server, const std::string& name)
{
    const json::value answer = server.get("/v1/platforms");
    std::string known;
    for (const json::value& platform : answer.at("data").as_array()) {
        if (member(platform, "name") == name)
            return platform;
        known += (known.empty() ? "" : ", ") + member(platform, "name");
    }
    throw CommandFailed(Exit::usage, say("There is no such network: ", "No existe esa red: ") + name + ". " + known);
}

std::string first_line_of(const std::string& file)
{
    std::ifstream in(file);
    std::string line;
    std::getline(in, line);
    if (!in && line.empty())
        throw CommandFailed(Exit::usage, file + say(": cannot be read.", ": no se puede leer."));
    return line;
}

// Tells what can be chosen, once.
void list_choices(const json::value& visit)
{
    complain(say("You can publish there as any of these:", "Allí puedes publicar como cualquiera de estas:"));
    int number = 0;
    for (const json::value& choice : visit.at("choices").as_array())
        complain("  " + std::to_string(++number) + "  " + member(choice, "name"));
    complain(
        say("Type the number of one, or choose in the browser.", "Escribe el número de una, o elige en el navegador."));
}

// "2" → the remote id of the second; "" for what is no number of theirs.
std::string chosen_by(const std::string& line, const json::value& visit)
{
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), number);
    const json::array& choices = visit.at("choices").as_array();
    const bool is_one =
        error == std::errc{} && end == line.data() + line.size() && number >= 1 && number <= choices.size();
    return is_one ? member(choices.at(number - 1), "remote_id") : "";
}

class Visiting {
public:
    Visiting(ServerClient& server, const ConnectArguments& arguments) : server_(server), arguments_(arguments) {}

    // Until it is connected; gives the account. Throws CommandFailed when it fails or nobody comes back.
    json::value follow(json::value visit)
    {
        path_ = "/v1/accounts/connect/" + in_query(arguments_.platform) + "/visits/" + member(visit, "id");
        for (;;) {
            const std::string status = member(visit, "status");
            if (status == "connected")
                return server_.get("/v1/accounts/" + member(visit, "account_id"));
            if (status == "failed")
                throw CommandFailed(Exit::failed,
                                    say("Not connected: ", "No se ha conectado: ") + member(visit, "reason") + ".");
            if (status == "expired")
                throw CommandFailed(Exit::failed, say("Nobody came back in ten minutes. Begin again.",
                                                      "Nadie volvió en diez minutos. Empieza de nuevo."));
            if (status == "choosing" && !arguments_.remote_id.empty()) {
                visit = server_.post(path_ + "/choice", json::object{{"remote_id", arguments_.remote_id}});
                continue;
            }
            if (status == "choosing" && !told_choices_) {
                told_choices_ = true;
                list_choices(visit);
            }
            if (const auto line = typed_.next(look_again_after); line && !line->empty())
                take(*line, visit);
            visit = server_.get(path_);
        }
    }

private:
    // What was mistyped can be typed again.
    void take(const std::string& line, const json::value& visit)
    {
        const bool chooses = member(visit, "status") == "choosing";
        const std::string remote_id = chooses ? chosen_by(line, visit) : "";
        try {
            if (!chooses)
                server_.post(path_ + "/code", json::object{{"code", line}});
            else if (!remote_id.empty())
                server_.post(path_ + "/choice", json::object{{"remote_id", remote_id}});
            else
                complain(say("That is none of them.", "Esa no es ninguna de ellas."));
        } catch (const CommandFailed& failed) {
            if (failed.exit() != Exit::refused)
                throw;
            complain(failed.what());
        }
    }

    ServerClient& server_;
    const ConnectArguments& arguments_;
    std::string path_;
    TypedLines typed_;
    bool told_choices_ = false;
};

json::value sign_in(ServerClient& server, const ConnectArguments& arguments)
{
    json::object wanted;
    if (!arguments.server.empty())
        wanted["base_url"] = arguments.server;
    wanted["name"] = arguments.name.empty() ? ask(say("Your name there", "Tu nombre allí")) : arguments.name;
    wanted["password"] = arguments.password_file.empty()
                             ? ask_secretly(say("Your password there", "Tu contraseña allí"))
                             : first_line_of(arguments.password_file);
    const std::string code = arguments.password_file.empty()
                                 ? ask(say("One-time code, if it asks for one (else empty)",
                                           "Código de un solo uso, si lo pide (si no, vacío)"))
                                 : "";
    if (!code.empty())
        wanted["one_time_code"] = code;
    return server.post("/v1/accounts/connect/" + in_query(arguments.platform) + "/sign-in", wanted);
}

json::value begin(ServerClient& server, const ConnectArguments& arguments)
{
    json::object wanted;
    if (!arguments.server.empty())
        wanted["base_url"] = arguments.server;
    json::value visit = server.post("/v1/accounts/connect/" + in_query(arguments.platform), wanted);
    complain(say("Open this address in a browser, on whatever machine:",
                 "Abre esta dirección en un navegador, en cualquier máquina:"));
    complain("\n  " + member(visit, "url") + "\n");
    complain(say("It goes on here by itself. If the browser ends at an address that does not open, paste that address:",
                 "Aquí sigue por sí solo. Si el navegador acaba en una dirección que no se abre, pega esa dirección:"));
    return visit;
}

} // namespace

Exit connect_account(const Console& console, const ConnectArguments& given)
{
    ConnectArguments arguments = given;
    ServerClient server(console.settings);
    const json::value platform = platform_named(server, arguments.platform);
    const json::value& ways = platform.at("connect");
    if (is_true(platform, "has_servers") && arguments.server.empty()) {
        arguments.server = member(ways, "server");
        if (arguments.server.empty())
            arguments.server = ask(say("Your server (https://…)", "Tu servidor (https://…)"));
    }
    json::value visit = is_true(ways, "sign_in") ? sign_in(server, arguments) : begin(server, arguments);
    const json::value account = Visiting(server, arguments).follow(std::move(visit));
    print(console.json ? json::serialize(account)
                       : say("Connected: ", "Conectada: ") + member(account, "id") + "  " +
                             member(account, "platform") + "  " + member(account, "name"));
    return Exit::done;
}

} // namespace vitrina
