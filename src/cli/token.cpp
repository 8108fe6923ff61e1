#include "access/tokens.hpp"
#include "cli/server_client.hpp"
#include "core/run_task.hpp"

#include <boost/json.hpp>
#include <CLI/CLI.hpp>

namespace vitrina {
namespace {

namespace json = boost::json;

struct Arguments {
    std::string scopes = "read,write,publish", name, id;
    int days = 0;
};

json::object described(const Token& token)
{
    const auto time = [](const std::optional<Instant>& at) {
        return at ? json::value(rfc3339(*at)) : json::value(nullptr);
    };
    return {{"id", token.id.text()},
            {"name", token.name},
            {"scopes", token.permissions.text()},
            {"created_at", rfc3339(token.created_at)},
            {"expires_at", time(token.expires_at)},
            {"last_used_at", time(token.last_used_at)},
            {"revoked_at", time(token.revoked_at)}};
}

// The one task that makes a default-constructible answer of what may be missing.
Task<std::optional<MadeToken>> make(Tokens& tokens, NewToken wanted)
{
    MadeToken made = co_await tokens.make(std::move(wanted));
    co_return made;
}

Exit create(const Console& console, const Arguments& arguments)
{
    auto permissions = Permissions::parse(arguments.scopes);
    if (!permissions)
        throw CommandFailed(Exit::usage, permissions.error().message);
    const SystemClock clock;
    const auto database = console.around.open_database(console.settings, SchemaCare::bring_up_to_date);
    Tokens tokens(*database, clock);
    NewToken wanted{arguments.name, *permissions, std::nullopt};
    if (arguments.days > 0)
        wanted.expires_at = clock.now() + std::chrono::days(arguments.days);
    const auto made = run_task(make(tokens, std::move(wanted)));

    if (console.json) {
        json::object answer = described(made->token);
        answer["token"] = made->text.reveal();
        print(json::serialize(answer));
    } else {
        print(made->text.reveal());
        complain(
            say("Keep it now: it is not shown again. Clients send it as: Authorization: Bearer <token>",
                "Guárdalo ahora: no se vuelve a mostrar. Los clientes lo envían así: Authorization: Bearer <token>"));
    }
    return Exit::done;
}

Exit list(const Console& console)
{
    const SystemClock clock;
    const auto database = console.around.open_database(console.settings, SchemaCare::bring_up_to_date);
    Tokens tokens(*database, clock);
    for (const Token& token : run_task(tokens.list())) {
        if (console.json) {
            print(json::serialize(described(token)));
            continue;
        }
        const char* state = token.is_valid(clock.now()) ? say("valid", "válido")
                            : token.revoked_at          ? say("revoked", "revocado")
                                                        : say("expired", "caducado");
        print(token.id.text() + "  " + state + "  " + token.permissions.text() + "  " + token.name);
    }
    return Exit::done;
}

Exit revoke(const Console& console, const Arguments& arguments)
{
    const auto id = TokenId::parse(arguments.id);
    const SystemClock clock;
    const auto database = console.around.open_database(console.settings, SchemaCare::bring_up_to_date);
    Tokens tokens(*database, clock);
    if (!id || !run_task(tokens.revoke(*id)))
        throw CommandFailed(Exit::refused, say("There is no such token; see: vitrina token list",
                                               "No existe ese token; consulta: vitrina token list"));
    if (!console.json)
        print(say("Revoked.", "Revocado."));
    return Exit::done;
}

} // namespace

void add_token(CLI::App& app, Action& action)
{
    auto arguments = std::make_shared<Arguments>();
    auto* command = app.add_subcommand(
        "token", say("Make, list and revoke access tokens", "Crear, listar y revocar tokens de acceso"));
    command->require_subcommand(1);

    auto* created = command->add_subcommand(
        "create", say("Make a token; it is printed once", "Crear un token; se muestra una sola vez"));
    created->add_option("--scope", arguments->scopes, "read,write,publish,admin")->capture_default_str();
    created->add_option("--name", arguments->name, say("Whose it is", "De quién es"));
    created
        ->add_option("--days", arguments->days,
                     say("Valid for so many days; 0: until revoked", "Válido tantos días; 0: hasta revocarlo"))
        ->check(CLI::NonNegativeNumber);
    created->callback(
        [&action, arguments] { action = [arguments](const Console& console) { return create(console, *arguments); }; });
    auto* listed = command->add_subcommand("list", say("List tokens", "Listar tokens"));
    listed->callback([&action] { action = list; });
    auto* revoked = command->add_subcommand("revoke", say("Revoke a token", "Revocar un token"));
    revoked->add_option("id", arguments->id)->required();
    revoked->callback(
        [&action, arguments] { action = [arguments](const Console& console) { return revoke(console, *arguments); }; });
}

} // namespace vitrina
