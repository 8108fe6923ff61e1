#include "cli/server_client.hpp"

#include <boost/json.hpp>
#include <CLI/CLI.hpp>

namespace vitrina {
namespace {

namespace json = boost::json;

// A whole check takes no longer than this, so that whoever asks every few seconds is not overtaken by himself.
constexpr std::chrono::seconds patience{4};

std::vector<std::string> own_addresses_of(const Console& console)
{
    auto addresses = console.around.own_addresses(console.settings);
    if (!addresses)
        throw CommandFailed(Exit::usage, addresses.error().message);
    if (addresses->empty())
        throw CommandFailed(Exit::usage, say("A process that only works answers nowhere; VITRINA_WORK_LISTEN gives it "
                                             "an address.",
                                             "Un proceso que solo trabaja no responde en ninguna parte; "
                                             "VITRINA_WORK_LISTEN le da una dirección."));
    return std::move(*addresses);
}

OutboundRequest question(const std::string& base)
{
    OutboundRequest request;
    request.url = base + (base.ends_with('/') ? "readyz" : "/readyz");
    request.reach = Reach::operator_named;
    request.answer_within = patience;
    request.stalled_after = patience;
    request.largest_answer = 64 * 1024;
    return request;
}

// What the server says against itself, or its status when it says nothing.
std::string reasons(const OutboundReply& reply)
{
    std::string text;
    boost::system::error_code unreadable;
    const json::value body = json::parse(reply.body, unreadable);
    const auto* object = unreadable ? nullptr : body.if_object();
    const auto* listed = object ? object->if_contains("reasons") : nullptr;
    if (listed && listed->is_array())
        for (const json::value& reason : listed->get_array())
            if (reason.is_string())
                text += (text.empty() ? "" : " ") + std::string(reason.get_string());
    return text.empty() ? std::to_string(reply.status) : text;
}

void show(const Console& console, const std::string& base, const char* state, const std::string& why)
{
    if (console.json)
        print(json::serialize(json::object{{"address", base}, {"state", state}, {"reasons", why}}));
    else
        print(base + "  " + state + (why.empty() ? "" : "  " + why));
}

Exit ask(const Console& console, Outbound& outbound, const std::string& base)
{
    const OutboundResult result = outbound.fetch(question(base));
    if (const auto* failure = std::get_if<OutboundFailure>(&result)) {
        show(console, base, "unreachable", failure->reason);
        return Exit::unreachable;
    }
    const auto& reply = std::get<OutboundReply>(result);
    const bool well = reply.status == 200;
    const std::string why = well ? "" : reasons(reply);
    show(console, base, well ? "ready" : "not ready", why);
    return well ? Exit::done : Exit::refused;
}

Exit examine(const Console& console, const std::string& given)
{
    OutboundOptions options;
    options.ca_file = console.settings.text("VITRINA_CA_FILE");
    options.connect_within = patience;
    Outbound outbound(options);
    Exit exit = Exit::done;
    for (const std::string& base : given.empty() ? own_addresses_of(console) : std::vector{given}) {
        const Exit one = ask(console, outbound, base);
        if (exit == Exit::done)
            exit = one;
    }
    return exit;
}

} // namespace

void add_health(CLI::App& app, Action& action)
{
    auto* command = app.add_subcommand(
        "health", say("Ask a server whether it is ready; without an address, the one with these settings",
                      "Preguntar a un servidor si está listo; sin dirección, al que tiene estos ajustes"));
    auto url = std::make_shared<std::string>();
    command->add_option("URL", *url, say("Such as http://127.0.0.1:5000", "Como http://127.0.0.1:5000"));
    command->callback([&action, url] { action = [url](const Console& console) { return examine(console, *url); }; });
}

} // namespace vitrina
