#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vitrina {

// Where a URL leads, in lower case; the port is never empty.
struct OutboundDestination {
    std::string scheme, host, port;
};

// Nothing when it is no absolute http(s) URL, or carries a user name: credentials travel in headers only.
std::optional<OutboundDestination> outbound_destination(const std::string& url);

// "a:443:127.0.0.1:5443,b:443:…" as VITRINA_CONNECT_TO writes it, entry by entry. Throws std::invalid_argument, naming
// the entry.
std::vector<std::string> parse_connect_to(std::string_view text);

// Whether a "host:port:addr:port" entry speaks of that destination; an empty part of it stands for any.
bool redirects(const std::string& entry, const OutboundDestination& to);

} // namespace vitrina
