#include "cli/doctor_platforms.hpp"

#include "cli/server_client.hpp"
#include "core/clock.hpp"

#include <boost/json.hpp>

#include <algorithm>

namespace vitrina {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

// Sooner than this is said aloud.
constexpr auto soon = 7 * 24h;

std::string text(const json::value& object, const char* name)
{
    const json::value* found = object.as_object().if_contains(name);
    return found && found->is_string() ? std::string(found->get_string()) : "";
}

bool is_true(const json::value& object, const char* name)
{
    const json::value* found = object.as_object().if_contains(name);
    return found && found->is_bool() && found->get_bool();
}

struct Line {
    const char* state; // "ok", "warning", "error"
    std::string platform, what, fix;
};

class Lines {
public:
    explicit Lines(const Console& console) : console_(console) {}

    void add(const Line& line)
    {
        worst_ = std::string_view(line.state) == "error" ? Exit::failed : worst_;
        if (console_.json) {
            print(json::serialize(json::object{{"state", line.state},
                                               {"platform", line.platform},
                                               {"what", line.what},
                                               {"why", ""},
                                               {"fix", line.fix}}));
            return;
        }
        const char* mark = std::string_view(line.state) == "ok"      ? "ok  "
                           : std::string_view(line.state) == "error" ? "!!  "
                                                                     : "?   ";
        print(mark + line.what);
        if (!line.fix.empty())
            print("      → " + line.fix);
    }
    void title(const std::string& name)
    {
        if (!console_.json)
            print("\n" + name);
    }
    Exit worst() const { return worst_; }

private:
    const Console& console_;
    Exit worst_ = Exit::done;
};

std::string upper(std::string name)
{
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return char(std::toupper(c)); });
    return name;
}

Line about(const json::value& account, Instant now)
{
    const std::string name = text(account, "name"), platform = text(account, "platform");
    const std::string again = "vitrina account connect " + platform;
    if (text(account, "status") != "connected")
        return {"error", platform,
                name + say(": has to be connected again: ", ": hay que volver a conectarla: ") +
                    text(account, "reason"),
                again};
    const std::string moment = text(account, "reconnect_before");
    if (moment.empty())
        return {"ok", platform, name + say(": its tokens are not known to end", ": no se sabe que sus tokens acaben"),
                ""};
    const bool is_soon = moment < rfc3339(now + soon); // both in the same spelling
    const std::string when =
        name + say(": has to be connected again before ", ": hay que volver a conectarla antes del ") + moment;
    return {is_soon ? "warning" : "ok", platform, when, is_soon ? again : ""};
}

void examine(const json::value& platform, const json::array& accounts, const std::string& base, Lines& lines)
{
    const std::string name = text(platform, "name");
    const json::value& connect = platform.at("connect");
    lines.title(text(platform, "title"));
    if (is_true(connect, "app_missing")) {
        const std::string address = base + "/v1/accounts/connect/" + name + "/callback";
        lines.add(
            {"warning", name,
             say("No app is registered: accounts can only be connected with tokens that were made elsewhere.",
                 "No hay ninguna aplicación registrada: solo se conectan cuentas con tokens hechos en otro lugar."),
             say("Register one with the redirect address ", "Registra una con la dirección de retorno ") + address +
                 say(", then set VITRINA_", " y pon VITRINA_") + upper(name) +
                 say("_CLIENT_ID and _CLIENT_SECRET", "_CLIENT_ID y _CLIENT_SECRET") + " (docs/platforms/" + name +
                 ".md)"});
    } else if (is_true(connect, "consent_page")) {
        lines.add({"ok", name, say("An app is there, or none is needed", "Hay una aplicación, o no hace falta"), ""});
    }
    for (const json::value& demand : connect.at("demands").as_array())
        lines.add({"warning", name, text(demand, say("en", "es")), ""});
    for (const json::value& account : accounts)
        if (text(account, "platform") == name)
            lines.add(about(account, SystemClock().now()));
}

} // namespace

Exit examine_platforms(const Console& console)
{
    ServerClient server(console.settings);
    const json::value platforms = server.get("/v1/platforms");
    const json::value accounts = server.get("/v1/accounts");
    std::string base(console.settings.text("VITRINA_PUBLIC_URL"));
    if (base.empty())
        base = server.base();
    while (base.ends_with('/'))
        base.pop_back();
    Lines lines(console);
    for (const json::value& platform : platforms.at("data").as_array())
        examine(platform, accounts.at("data").as_array(), base, lines);
    return lines.worst();
}

} // namespace vitrina
