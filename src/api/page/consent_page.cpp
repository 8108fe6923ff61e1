#include "api/page/consent_page.hpp"

#include "api/error_response.hpp"
#include "api/page/html_text.hpp"
#include "api/page/page.hpp"

namespace vitrina {
namespace {

using Stage = Visit::Stage;

constexpr std::string_view style = R"(<style>
:root { color-scheme: light dark; --accent: #0f5c5c; --on-accent: #fff; --good: #1d6b3a; --bad: #a32020 }
@media (prefers-color-scheme: dark) { :root { --accent: #6fcfc4; --on-accent: #0b2323; --good: #7fd39b; --bad: #ff9a94 } }
body { font: 17px/1.55 system-ui, sans-serif; max-width: 34rem; margin: 12vh auto; padding: 0 1.2rem }
h1 { font-size: 1.4rem } .good { color: var(--good) } .bad { color: var(--bad) }
label { display: flex; gap: .6rem; align-items: center; padding: .45rem 0 }
button, a.button { font: inherit; display: inline-block; padding: .5rem 1rem; border: 0; border-radius: .5rem; background: var(--accent);
  color: var(--on-accent); text-decoration: none; cursor: pointer }
</style>)";

std::string in_words(bool spanish, const char* english, const char* espanol)
{
    return spanish ? espanol : english;
}

} // namespace

ConsentPage::ConsentPage(const Platforms& platforms, std::string home)
    : platforms_(platforms),
      home_(std::move(home)),
      csp_("default-src 'none'; style-src " + csp_hashes(style, "style") +
           "; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
{
}

Response ConsentPage::show(const Request& request, const Result<Visit>& visit, const std::string& state) const
{
    const bool spanish = language_of(request) == Language::spanish;
    int status = 200;
    std::string body;
    if (visit) {
        body = body_of(request, *visit, state);
        if (visit->stage == Stage::failed)
            status = 422;
    } else {
        status = status_of(visit.error().kind);
        body = "<h1 class=\"bad\">" + in_words(spanish, "That did not work", "No ha salido bien") + "</h1><p>" +
               html_text(visit.error().message) + ".</p><p>" + html_text(visit.error().hint) + "</p>";
    }
    if (!home_.empty())
        body += "<p><a class=\"button\" href=\"" + html_text(home_) + "\">" +
                in_words(spanish, "Back to the videos", "Volver a los videos") + "</a></p>";
    Response response(status, "text/html; charset=utf-8",
                      "<!doctype html>\n<html lang=\"" + in_words(spanish, "en", "es") +
                          "\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
                          "content=\"width=device-width, initial-scale=1\"><title>Vitrina</title>" +
                          std::string(style) + "</head><body>\n" + body + "\n</body></html>\n");
    response.headers.add("Content-Language", in_words(spanish, "en", "es"));
    response.headers.add("Vary", "Accept-Language");
    response.headers.add("Content-Security-Policy", csp_);
    return response;
}

std::string ConsentPage::body_of(const Request& request, const Visit& visit, const std::string& state) const
{
    const bool spanish = language_of(request) == Language::spanish;
    const Platform* platform = find_platform(platforms_, visit.platform);
    const std::string network = html_text(platform ? platform->title() : visit.platform);
    switch (visit.stage) {
    case Stage::connected:
        return "<h1 class=\"good\">" + in_words(spanish, "Connected to ", "Conectado con ") + network + "</h1><p>" +
               in_words(spanish,
                        "Videos can be published there now. If you came from a terminal, it goes on by itself.",
                        "Ya se pueden publicar videos allí. Si venías de una terminal, ella sigue sola.") +
               "</p>";
    case Stage::choosing: {
        std::string form = "<h1>" + in_words(spanish, "Which one?", "¿Cuál de ellas?") + "</h1><p>" +
                           in_words(spanish, "You can publish there as any of these.",
                                    "Allí puedes publicar como cualquiera de estas.") +
                           "</p><form method=\"post\" action=\"" + html_text(request.path) +
                           "\"><input type=\"hidden\" name=\"state\" value=\"" + html_text(state) + "\">";
        for (const Visit::Choice& choice : visit.choices)
            form += "<label><input type=\"radio\" required name=\"remote_id\" value=\"" + html_text(choice.remote_id) +
                    "\">" + html_text(choice.name) + "</label>";
        return form + "<p><button>" + in_words(spanish, "Connect", "Conectar") + "</button></p></form>";
    }
    case Stage::failed:
        return "<h1 class=\"bad\">" + in_words(spanish, "Not connected to ", "No conectado con ") + network +
               "</h1><p>" + html_text(visit.reason) + ".</p>";
    default:
        return "<h1>" +
               in_words(spanish, "Still being connected; load this page again.",
                        "Aún se está conectando; vuelve a cargar esta página.") +
               "</h1>";
    }
}

} // namespace vitrina
