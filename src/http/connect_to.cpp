#include "http/connect_to.hpp"

#include "core/comma_list.hpp"
#include "http/grammar.hpp"

#include <curl/curl.h>
#include <memory>
#include <stdexcept>

namespace vitrina {
namespace {

std::string url_part(CURLU* url, CURLUPart part, unsigned flags = 0)
{
    char* text = nullptr;
    if (curl_url_get(url, part, &text, flags) != CURLUE_OK)
        return {};
    std::string copy = text;
    curl_free(text);
    return copy;
}

} // namespace

std::optional<OutboundDestination> outbound_destination(const std::string& url)
{
    const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> parsed(curl_url(), &curl_url_cleanup);
    if (!parsed || curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK)
        return std::nullopt;
    OutboundDestination out{grammar::lower(url_part(parsed.get(), CURLUPART_SCHEME)),
                            grammar::lower(url_part(parsed.get(), CURLUPART_HOST)),
                            url_part(parsed.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT)};
    const bool has_user = !url_part(parsed.get(), CURLUPART_USER).empty();
    if (has_user || out.host.empty() || (out.scheme != "https" && out.scheme != "http"))
        return std::nullopt;
    return out;
}

std::vector<std::string> parse_connect_to(std::string_view text)
{
    std::vector<std::string> entries;
    for (const std::string_view word : comma_list(text)) {
        const std::string entry(word);
        // Four parts; a colon within brackets belongs to an IPv6 address.
        int colons = 0, depth = 0;
        for (char c : entry) {
            depth += c == '[' ? 1 : c == ']' ? -1 : 0;
            colons += c == ':' && depth == 0;
        }
        if (colons != 3 || depth != 0 || entry.find_first_of(std::string_view("\r\n\0", 3)) != entry.npos)
            throw std::invalid_argument("\"" + entry + "\" is not host:port:addr:port");
        entries.push_back(entry);
    }
    return entries;
}

bool redirects(const std::string& entry, const OutboundDestination& to)
{
    const std::size_t host_end = entry.starts_with('[') ? entry.find(']') + 1 : entry.find(':');
    const std::size_t port_end = entry.find(':', host_end + 1);
    const std::string host = grammar::lower(entry.substr(0, host_end));
    const std::string port = entry.substr(host_end + 1, port_end - host_end - 1);
    return (host.empty() || host == to.host) && (port.empty() || port == to.port);
}

} // namespace vitrina
