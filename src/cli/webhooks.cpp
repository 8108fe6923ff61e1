#include "cli/followed_events.hpp"
#include "cli/server_client.hpp"
#include "webhooks/signature.hpp"

#include <boost/json.hpp>
#include <chrono>
#include <CLI/CLI.hpp>
#include <fstream>
#include <thread>

namespace vitrina {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

struct Arguments {
    std::string id, url, description, status, since, secret_file, forward_to;
    std::vector<std::string> types;
    std::int64_t overlap = 24 * 3600;
    std::size_t limit = 50;
    bool failed = false;
};

std::string member(const json::value& object, const char* name)
{
    const json::value* found = object.as_object().if_contains(name);
    return found && found->is_string() ? std::string(found->get_string()) : "";
}

std::int64_t number(const json::value& object, const char* name)
{
    const json::value* found = object.as_object().if_contains(name);
    return found && found->is_number() ? found->to_number<std::int64_t>() : 0;
}

std::string path_of(const std::string& id)
{
    return "/v1/webhooks/" + in_query(id);
}

// A secret given as an argument would be seen by every process of the machine.
std::string secret_from(const std::string& file)
{
    std::ifstream in(file);
    std::string secret;
    std::getline(in, secret);
    if (!in && secret.empty())
        throw CommandFailed(Exit::usage, file + say(": cannot be read.", ": no se puede leer."));
    return secret;
}

json::array as_array(const std::vector<std::string>& words)
{
    json::array array;
    for (const std::string& word : words)
        array.emplace_back(word);
    return array;
}

std::string row(const json::value& webhook)
{
    std::string line = member(webhook, "id") + "  " + member(webhook, "status");
    if (!member(webhook, "reason_code").empty())
        line += " (" + member(webhook, "reason_code") + ")";
    line += "  " + member(webhook, "url");
    if (const auto pending = number(webhook, "pending"); pending > 0)
        line += "  " + std::to_string(pending) + say(" pending", " pendientes");
    if (const auto missed = number(webhook, "missed"); missed > 0)
        line += "  " + std::to_string(missed) + say(" missed", " perdidos");
    if (!member(webhook, "failing_since").empty())
        line += say("  failing since ", "  falla desde ") + member(webhook, "failing_since");
    if (!member(webhook, "trouble").empty())
        line += "  " + member(webhook, "trouble");
    return line;
}

std::string delivery_row(const json::value& delivery)
{
    std::string line = member(delivery, "created_at") + "  " + member(delivery, "id") + "  " +
                       member(delivery, "type") + "  " + member(delivery, "status") + "  " +
                       std::to_string(number(delivery, "attempts")) + say(" attempts", " intentos");
    if (const auto status = number(delivery, "response_status"); status > 0)
        line += "  " + std::to_string(status);
    if (!member(delivery, "trouble").empty())
        line += "  " + member(delivery, "trouble");
    if (!member(delivery, "next_attempt_at").empty())
        line += say("  again at ", "  de nuevo a las ") + member(delivery, "next_attempt_at");
    return line;
}

void show(const Console& console, const json::value& webhook)
{
    print(console.json ? json::serialize(webhook) : row(webhook));
}

Exit list(const Console& console)
{
    ServerClient server(console.settings);
    const json::value answer = server.get("/v1/webhooks");
    for (const json::value& webhook : answer.at("data").as_array())
        show(console, webhook);
    return Exit::done;
}

Exit add(const Console& console, const Arguments& arguments)
{
    json::object wanted{{"url", arguments.url}, {"types", as_array(arguments.types)}};
    if (!arguments.description.empty())
        wanted["description"] = arguments.description;
    if (!arguments.secret_file.empty())
        wanted["secret"] = secret_from(arguments.secret_file);
    ServerClient server(console.settings);
    const json::value webhook = server.post("/v1/webhooks", wanted);
    show(console, webhook);
    if (!console.json) {
        const json::value secret = server.get(path_of(member(webhook, "id")) + "/secret");
        print(say("Secret: ", "Secreto: ") + member(secret, "secret"));
    }
    return Exit::done;
}

Exit show_one(const Console& console, const Arguments& arguments)
{
    ServerClient server(console.settings);
    show(console, server.get(path_of(arguments.id)));
    return Exit::done;
}

Exit set_status(const Console& console, const Arguments& arguments, const char* status)
{
    ServerClient server(console.settings);
    show(console, server.patch(path_of(arguments.id), json::object{{"status", status}}));
    return Exit::done;
}

Exit remove(const Console& console, const Arguments& arguments)
{
    ServerClient server(console.settings);
    server.remove(path_of(arguments.id));
    if (!console.json)
        print(say("Removed.", "Quitado."));
    return Exit::done;
}

void show_secrets(const Console& console, const json::value& secrets)
{
    if (console.json) {
        print(json::serialize(secrets));
        return;
    }
    print(member(secrets, "secret"));
    for (const json::value& former : secrets.at("former").as_array())
        print(member(former, "secret") + say("  until ", "  hasta ") + member(former, "signs_until"));
}

Exit secret(const Console& console, const Arguments& arguments)
{
    ServerClient server(console.settings);
    show_secrets(console, server.get(path_of(arguments.id) + "/secret"));
    return Exit::done;
}

Exit rotate(const Console& console, const Arguments& arguments)
{
    json::object wanted{{"overlap", arguments.overlap}};
    if (!arguments.secret_file.empty())
        wanted["secret"] = secret_from(arguments.secret_file);
    ServerClient server(console.settings);
    server.post(path_of(arguments.id) + "/rotate", wanted);
    show_secrets(console, server.get(path_of(arguments.id) + "/secret"));
    return Exit::done;
}

Exit ping(const Console& console, const Arguments& arguments)
{
    ServerClient server(console.settings);
    json::value delivery = server.post(path_of(arguments.id) + "/ping", json::object{});
    // As long as a receiver may take, and somebody to get round to it.
    for (const auto end = std::chrono::steady_clock::now() + 60s;
         member(delivery, "status") == "pending" && std::chrono::steady_clock::now() < end;) {
        std::this_thread::sleep_for(200ms);
        delivery = server.get("/v1/webhook-deliveries/" + in_query(member(delivery, "id")));
    }
    print(console.json ? json::serialize(delivery) : delivery_row(delivery));
    return member(delivery, "status") == "delivered" ? Exit::done : Exit::failed;
}

Exit deliveries(const Console& console, const Arguments& arguments)
{
    ServerClient server(console.settings);
    std::string query = "?limit=" + std::to_string(arguments.limit);
    if (!arguments.status.empty())
        query += "&status=" + in_query(arguments.status);
    const json::value page = server.get(path_of(arguments.id) + "/deliveries" + query);
    for (const json::value& delivery : page.at("data").as_array())
        print(console.json ? json::serialize(delivery) : delivery_row(delivery));
    return Exit::done;
}

// The failed ones of a webhook, until there are none, or one delivery.
Exit replay(const Console& console, const Arguments& arguments)
{
    ServerClient server(console.settings);
    if (!arguments.failed) {
        const json::value delivery =
            server.post("/v1/webhook-deliveries/" + in_query(arguments.id) + "/replay", json::object{});
        print(console.json ? json::serialize(delivery) : delivery_row(delivery));
        return Exit::done;
    }
    json::object wanted;
    if (!arguments.since.empty())
        wanted["since"] = arguments.since;
    std::int64_t replayed = 0;
    for (bool more = true; more;) {
        const json::value answer = server.post(path_of(arguments.id) + "/replay", wanted);
        replayed += number(answer, "replayed");
        more = answer.at("more") == true;
    }
    if (console.json)
        print(json::serialize(json::object{{"replayed", replayed}}));
    else
        print(std::to_string(replayed) + say(" will be sent again.", " se enviarán de nuevo."));
    return Exit::done;
}

// Sends one event as a webhook would, and says what was answered.
void forward(const Console& console, Outbound& outbound, const std::string& url, const SigningSecret& secret,
             std::string_view event)
{
    const json::value parsed = json::parse(event);
    const std::string id = member(parsed, "id");
    const Instant now = SystemClock().now();
    OutboundRequest request;
    request.method = Method::post;
    request.url = url;
    request.reach = Reach::operator_named;
    request.answer_within = 15s;
    request.headers.add("Content-Type", "application/json");
    request.headers.add("webhook-id", id);
    request.headers.add("webhook-timestamp", webhook_timestamp(now));
    request.headers.add("webhook-signature", webhook_signature(std::span(&secret, 1), id, now, event));
    request.body.before = event;
    const OutboundResult result = outbound.fetch(std::move(request));
    const auto* reply = std::get_if<OutboundReply>(&result);
    const std::string outcome = reply ? std::to_string(reply->status) : std::get<OutboundFailure>(result).reason;
    if (console.json)
        print(json::serialize(json::object{{"event_id", id},
                                           {"type", member(parsed, "type")},
                                           {"response_status", reply ? json::value(reply->status) : nullptr},
                                           {"trouble", reply ? nullptr : json::value(outcome)}}));
    else
        print(member(parsed, "time") + "  " + member(parsed, "type") + "  " + id + "  " + outcome);
}

Exit listen(const Console& console, const Arguments& arguments)
{
    std::optional<SigningSecret> secret = SigningSecret::make();
    if (!arguments.secret_file.empty())
        secret = SigningSecret::parse(secret_from(arguments.secret_file));
    if (!secret)
        throw CommandFailed(Exit::usage, arguments.secret_file + say(": holds no secret of the form whsec_…",
                                                                     ": no contiene un secreto de la forma whsec_…"));
    // On standard error: what is sent is all that scripts read.
    complain(say("Secret: ", "Secreto: ") + secret->text().reveal());
    complain(say("Events are sent to ", "Los eventos se envían a ") + arguments.forward_to);
    OutboundOptions options;
    options.ca_file = console.settings.text("VITRINA_CA_FILE");
    Outbound outbound(options);
    FollowedQuery query;
    query.types = arguments.types;
    follow_events(console.settings, query,
                  [&](std::string_view event) { forward(console, outbound, arguments.forward_to, *secret, event); });
    return Exit::done;
}

using Act = std::function<Exit(const Console&, const Arguments&)>;

CLI::App* add_command(CLI::App& under, Action& action, const std::shared_ptr<Arguments>& arguments, const char* name,
                      const char* meaning, Act act)
{
    CLI::App* command = under.add_subcommand(name, meaning);
    command->callback([&action, arguments, act = std::move(act)] {
        action = [arguments, act](const Console& console) { return act(console, *arguments); };
    });
    return command;
}

void add_types(CLI::App& command, Arguments& arguments)
{
    command.add_option("--type", arguments.types,
                       say("Only this type, such as video.ready; may be repeated",
                           "Solo de este tipo, como video.ready; se puede repetir"));
}

void add_secret_file(CLI::App& command, Arguments& arguments)
{
    command.add_option("--secret-file", arguments.secret_file,
                       say("File with the secret whsec_…; without it one is made",
                           "Archivo con el secreto whsec_…; sin él se crea uno"));
}

} // namespace

void add_webhooks(CLI::App& app, Action& action)
{
    auto arguments = std::make_shared<Arguments>();
    auto* webhooks = app.add_subcommand(
        "webhooks", say("Tell other programs of what happens", "Avisar a otros programas de lo que ocurre"));
    webhooks->require_subcommand(1);
    const auto command = [&](const char* name, const char* meaning, Act act) {
        return add_command(*webhooks, action, arguments, name, meaning, std::move(act));
    };
    const auto of_one = [&](const char* name, const char* meaning, Act act) {
        CLI::App* one = command(name, meaning, std::move(act));
        one->add_option("id", arguments->id, say("The webhook's id", "El id del webhook"))->required();
        return one;
    };

    command("list", say("List webhooks", "Listar webhooks"),
            [](const Console& console, const Arguments&) { return list(console); });
    auto* added =
        command("add", say("Add an address that is told of events", "Añadir una dirección a la que avisar"), add);
    added->add_option("url", arguments->url, "https://…")->required();
    added->add_option("--description", arguments->description, say("For people", "Para personas"));
    add_types(*added, *arguments);
    add_secret_file(*added, *arguments);
    of_one("show", say("Show one webhook", "Mostrar un webhook"), show_one);
    of_one("pause", say("Send nothing more to it for now", "No enviarle nada más por ahora"),
           [](const Console& console, const Arguments& given) { return set_status(console, given, "paused"); });
    of_one("resume", say("Go on, with everything that waits", "Seguir, con todo lo que espera"),
           [](const Console& console, const Arguments& given) { return set_status(console, given, "active"); });
    of_one("remove", say("Remove one webhook", "Quitar un webhook"), remove);
    of_one("secret", say("Show what its messages are signed with", "Mostrar con qué se firman sus mensajes"), secret);
    auto* rotated = of_one("rotate", say("Give it a new secret", "Darle un secreto nuevo"), rotate);
    rotated
        ->add_option("--overlap", arguments->overlap,
                     say("Seconds for which the old one signs as well", "Segundos en que el viejo también firma"))
        ->capture_default_str();
    add_secret_file(*rotated, *arguments);
    of_one("ping", say("Send it a message that tells of nothing", "Enviarle un mensaje que no cuenta nada"), ping);
    auto* log =
        of_one("deliveries",
               say("Show what was sent to it, newest first", "Mostrar lo que se le envió, lo más reciente primero"),
               deliveries);
    log->add_option("--status", arguments->status,
                    say("Only pending, delivered or failed ones", "Solo pending, delivered o failed"));
    log->add_option("--limit", arguments->limit, say("So many at most", "Como mucho tantos"))->capture_default_str();
    auto* replayed = command("replay", say("Send a delivery again", "Enviar de nuevo una entrega"), replay);
    replayed
        ->add_option(
            "id", arguments->id,
            say("The delivery's id; with --failed the webhook's", "El id de la entrega; con --failed, el del webhook"))
        ->required();
    replayed->add_flag("--failed", arguments->failed,
                       say("All of the webhook that were given up", "Todas las del webhook que se abandonaron"));
    replayed->add_option("--since", arguments->since,
                         say("With --failed: those that were given up since then, as 2026-03-01T12:00:00Z",
                             "Con --failed: las abandonadas desde entonces, como 2026-03-01T12:00:00Z"));
    auto* listening = command("listen",
                              say("Send what happens to a program on this machine, for trying out",
                                  "Enviar lo que ocurre a un programa de esta máquina, para probar"),
                              listen);
    listening->add_option("--forward-to", arguments->forward_to, "http://127.0.0.1:3000/hook")->required();
    add_types(*listening, *arguments);
    add_secret_file(*listening, *arguments);
}

} // namespace vitrina
