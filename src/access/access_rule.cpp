#include "access/access_rule.hpp"

#include <algorithm>
#include <charconv>

namespace vitrina {

namespace {

// "[::1]:5000" → "::1", "127.0.0.1:5000" → "127.0.0.1", "::1" stays.
std::string_view host_of(std::string_view listen)
{
    if (listen.starts_with('['))
        return listen.substr(1, listen.find(']') - 1);
    const bool has_port = std::ranges::count(listen, ':') == 1;
    return has_port ? listen.substr(0, listen.find(':')) : listen;
}

// Four numbers, and nothing else: "127.example.org" is a name that could lead anywhere.
bool is_ipv4(std::string_view host)
{
    int parts = 0;
    while (true) {
        unsigned number = 0;
        const auto [end, error] = std::from_chars(host.data(), host.data() + host.size(), number);
        if (error != std::errc{} || number > 255)
            return false;
        ++parts;
        host.remove_prefix(std::size_t(end - host.data()));
        if (host.empty())
            return parts == 4;
        if (host.front() != '.')
            return false;
        host.remove_prefix(1);
    }
}

// "https://video.example.org/base" → "video.example.org"
std::string_view authority_of(std::string_view url)
{
    if (const auto scheme = url.find("://"); scheme != std::string_view::npos)
        url.remove_prefix(scheme + 3);
    return url.substr(0, url.find('/'));
}

} // namespace

bool is_loopback(std::string_view listen)
{
    const std::string_view host = host_of(listen);
    return host == "localhost" || host == "::1" || (host.starts_with("127.") && is_ipv4(host));
}

Result<AccessRule> access_rule(const AccessFacts& facts)
{
    const bool through_gateway = !facts.public_url.empty() && !is_loopback(authority_of(facts.public_url));
    if (facts.declared_open)
        return AccessRule{Access::open, "Open to everyone who can reach it, because VITRINA_OPEN says so."};
    if (is_loopback(facts.listen) && !through_gateway)
        return AccessRule{Access::open, "Open without login, because only this machine can reach it.", true};
    if (facts.has_tokens)
        return AccessRule{Access::tokens, "Every caller needs a token."};
    const std::string where(is_loopback(facts.listen) ? facts.public_url : facts.listen);
    return Fault{FaultKind::forbidden, "VT-AUT-001",
                 "Refusing to serve " + where + ": others can reach it and no token exists.",
                 "Make one with \"vitrina token create --scope admin\", or set VITRINA_OPEN=yes if everyone may do "
                 "everything."};
}

bool is_foreign_page(std::string_view origin, std::string_view host, bool only_loopback)
{
    if (only_loopback && !is_loopback(host))
        return true;
    if (origin.empty())
        return false; // no browser, or one that opens the server's own page
    const std::string_view from = authority_of(origin);
    return from != host && !(is_loopback(from) && is_loopback(host));
}

} // namespace vitrina
