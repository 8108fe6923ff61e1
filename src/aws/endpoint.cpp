#include "aws/endpoint.hpp"

#include "aws/credentials.hpp"
#include "http/grammar.hpp"
#include "http/uri.hpp"

#include <algorithm>

namespace vitrina {

std::optional<AwsEndpoint> parse_aws_endpoint(std::string_view text)
{
    const auto after_scheme = text.find("://");
    if (after_scheme == text.npos)
        return std::nullopt;
    AwsEndpoint endpoint{grammar::lower(text.substr(0, after_scheme)), {}};
    std::string_view host = text.substr(after_scheme + 3);
    if (host.ends_with('/'))
        host.remove_suffix(1);
    // curl leaves the scheme's own port out of the Host header.
    const std::string_view own_port = endpoint.encrypted() ? ":443" : ":80";
    if (host.ends_with(own_port))
        host.remove_suffix(own_port.size());
    endpoint.host = grammar::lower(host);
    if ((endpoint.scheme != "http" && endpoint.scheme != "https") || !is_host(endpoint.host))
        return std::nullopt;
    return endpoint;
}

std::string aws_endpoint(std::string_view service, std::string_view region)
{
    const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || grammar::is_digit(c) || c == '-'; };
    if (region.empty() || region.size() > 40 || !std::ranges::all_of(region, plain))
        throw AwsRefused("AWS_REGION must be the name of a region, such as eu-west-1.");
    const char* domain = region.starts_with("cn-") ? ".amazonaws.com.cn" : ".amazonaws.com";
    return "https://" + std::string(service) + '.' + std::string(region) + domain;
}

} // namespace vitrina
