#include "api/page/page.hpp"

#include "api/embedded.hpp"
#include "api/page/html_text.hpp"
#include "core/base64.hpp"
#include "core/digest.hpp"
#include "http/conditional.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace vitrina {

namespace {

void replace(std::string& text, std::string_view mark, std::string_view with)
{
    for (std::size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, at + with.size()))
        text.replace(at, mark.size(), with);
}

std::string in_both(std::string_view english, std::string_view spanish)
{
    return "<span lang=\"en\">" + html_text(english) + "</span><span lang=\"es\">" + html_text(spanish) + "</span>";
}

std::string table_of(const std::vector<Endpoint>& endpoints)
{
    std::string rows;
    for (const Endpoint& endpoint : endpoints)
        rows += "          <tr><td>" + html_text(endpoint.method + ' ' + endpoint.path) + "</td><td>" +
                in_both(endpoint.summary, endpoint.resumen) + "</td></tr>\n";
    return rows;
}

std::string access_sentence(const AccessRule& rule)
{
    return rule.access == Access::open ? in_both("Whoever can reach it may use it: no login is asked for.",
                                                 "Quien pueda llegar a él puede usarlo: no pide identificarse.")
                                       : in_both("It asks for a token.", "Pide un token de acceso.");
}

// "es;q=0.8" → 0.8; 1 without a weight.
double weight_of(std::string_view choice)
{
    const std::size_t q = choice.find("q=");
    if (q == std::string_view::npos)
        return 1;
    double weight = 0;
    std::from_chars(choice.data() + q + 2, choice.data() + choice.size(), weight);
    return weight;
}

// "      summary: Text" → "Text", where `key` is "      summary: ".
std::string value_after(std::string_view line, std::string_view key)
{
    std::string_view value = line.substr(key.size());
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
        value = value.substr(1, value.size() - 2);
    return std::string(value);
}

} // namespace

Language language_of(const Request& request)
{
    const std::string asked = request.query_value("lang").value_or(std::string());
    if (asked == "es")
        return Language::spanish;
    if (asked == "en")
        return Language::english;

    double english = 0.001; // the default, where neither is named
    double spanish = 0;
    std::string_view rest = request.headers.get("Accept-Language");
    while (!rest.empty()) {
        std::string_view choice = rest.substr(0, rest.find(','));
        rest.remove_prefix(std::min(rest.size(), choice.size() + 1));
        while (choice.starts_with(' '))
            choice.remove_prefix(1);
        const std::string_view tag = choice.substr(0, choice.find_first_of("-; "));
        if (tag == "es" || tag == "ES")
            spanish = std::max(spanish, weight_of(choice));
        if (tag == "en" || tag == "EN")
            english = std::max(english, weight_of(choice));
    }
    return spanish > english ? Language::spanish : Language::english;
}

std::vector<Endpoint> endpoints_of(std::string_view openapi)
{
    static constexpr std::string_view summary = "      summary: ";
    static constexpr std::string_view resumen = "      x-resumen: ";
    std::vector<Endpoint> endpoints;
    std::string path;
    bool in_paths = false;
    while (!openapi.empty()) {
        const std::string_view line = openapi.substr(0, openapi.find('\n'));
        openapi.remove_prefix(std::min(openapi.size(), line.size() + 1));
        if (!line.empty() && line.front() != ' ')
            in_paths = line == "paths:";
        if (!in_paths)
            continue;
        if (line.starts_with("  /") && line.ends_with(':')) {
            path = line.substr(2, line.size() - 3);
        } else if (line.size() > 5 && line.starts_with("    ") && line[4] >= 'a' && line[4] <= 'z' &&
                   line.ends_with(':')) {
            std::string method(line.substr(4, line.size() - 5));
            std::ranges::transform(method, method.begin(), [](unsigned char c) { return char(std::toupper(c)); });
            if (method != "PARAMETERS")
                endpoints.push_back({std::move(method), path, {}, {}});
        } else if (line.starts_with(summary) && !endpoints.empty()) {
            endpoints.back().summary = value_after(line, summary);
        } else if (line.starts_with(resumen) && !endpoints.empty()) {
            endpoints.back().resumen = value_after(line, resumen);
        }
    }
    return endpoints;
}

std::string csp_hashes(std::string_view html, std::string_view element)
{
    const std::string open = '<' + std::string(element) + '>';
    const std::string close = "</" + std::string(element) + '>';
    std::string sources;
    for (std::size_t at = html.find(open); at != std::string_view::npos; at = html.find(open, at)) {
        at += open.size();
        const std::size_t end = html.find(close, at);
        if (end == std::string_view::npos)
            break;
        const Sha256 digest = sha256(html.substr(at, end - at));
        sources += (sources.empty() ? "'sha256-" : " 'sha256-") +
                   to_base64({reinterpret_cast<const char*>(digest.data()), digest.size()}) + '\'';
    }
    return sources;
}

namespace {

std::string and_from(std::string_view origin)
{
    return origin.empty() ? std::string() : ' ' + std::string(origin);
}

} // namespace

Page::Page(AccessRule rule, std::string_view media_origin)
    : english_(embedded::page_html),
      csp_("default-src 'none'; script-src " + csp_hashes(english_, "script") + "; style-src " +
           csp_hashes(english_, "style") + "; img-src 'self' data:" + and_from(media_origin) + "; media-src 'self'" +
           and_from(media_origin) +
           "; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"),
      description_(std::make_shared<const std::string>(embedded::openapi_yaml)),
      description_etag_('"' + sha256_hex(*description_).substr(0, 32) + '"')
{
    replace(english_, "{{version}}", VITRINA_VERSION);
    replace(english_, "{{access}}", access_sentence(rule));
    replace(english_, "{{endpoints}}", table_of(endpoints_of(embedded::openapi_yaml)));
    spanish_ = english_;
    replace(spanish_, "<html lang=\"en\">", "<html lang=\"es\">");
}

std::vector<Route> Page::page()
{
    return {{Method::get, "/", [this](const Request& r) { return show(r); }, Scope::anyone}};
}

std::vector<Route> Page::description()
{
    return {{Method::get, "/v1/openapi.yaml", [this](const Request& r) { return describe(r); }, Scope::anyone}};
}

Task<Response> Page::show(const Request& request)
{
    const bool in_spanish = language_of(request) == Language::spanish;
    std::string html = in_spanish ? spanish_ : english_;
    replace(html, "{{base_url}}", html_text(request.base_url));
    Response response(200, "text/html; charset=utf-8", std::move(html));
    response.headers.add("Content-Language", in_spanish ? "es" : "en");
    response.headers.add("Vary", "Accept-Language");
    response.headers.add("Cache-Control", "no-cache");
    response.headers.add("Content-Security-Policy", csp_);
    response.headers.add("Cross-Origin-Opener-Policy", "same-origin");
    response.headers.add("Permissions-Policy", "camera=(), microphone=(), geolocation=()");
    co_return response;
}

Task<Response> Page::describe(const Request& request)
{
    const bool known = check_preconditions(request, {description_etag_, 0}) == Precondition::not_modified;
    Response response(known ? 304 : 200);
    response.headers.add("ETag", description_etag_);
    response.headers.add("Cache-Control", "no-cache");
    if (!known) {
        response.headers.add("Content-Type", "application/yaml");
        response.body = description_;
    }
    co_return response;
}

} // namespace vitrina
