#include "aws/container_credentials.hpp"

#include "aws/credential_reply.hpp"
#include "aws/patient_request.hpp"
#include "aws/small_file.hpp"
#include "http/connect_to.hpp"
#include "http/grammar.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>

namespace vitrina {
namespace {

// Not by name: a name could lead anywhere, "localhost" aside.
bool is_own_address(std::string host)
{
    if (host.starts_with('[') && host.ends_with(']'))
        host = host.substr(1, host.size() - 2);
    in_addr four{};
    if (inet_pton(AF_INET, host.c_str(), &four) == 1) {
        const std::uint32_t address = ntohl(four.s_addr);
        return address >> 24 == 127 || host == "169.254.170.2" || host == "169.254.170.23";
    }
    in6_addr six{}, eks{};
    inet_pton(AF_INET6, "fd00:ec2::23", &eks);
    if (inet_pton(AF_INET6, host.c_str(), &six) == 1)
        return IN6_IS_ADDR_LOOPBACK(&six) || IN6_ARE_ADDR_EQUAL(&six, &eks);
    return host == "localhost";
}

} // namespace

bool is_container_uri_allowed(const std::string& uri)
{
    const auto to = outbound_destination(uri);
    return to && (to->scheme == "https" || is_own_address(to->host));
}

ContainerCredentials::ContainerCredentials(AwsContainerEndpoint endpoint, OutboundOptions outbound)
    : endpoint_(std::move(endpoint)),
      setting_(endpoint_.relative_uri.empty() ? "AWS_CONTAINER_CREDENTIALS_FULL_URI"
                                              : "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"),
      url_(endpoint_.relative_uri.empty() ? endpoint_.full_uri : endpoint_.host + endpoint_.relative_uri),
      outbound_(std::move(outbound))
{
    const bool is_path = endpoint_.relative_uri.empty() || endpoint_.relative_uri.starts_with('/');
    if (!is_path)
        throw AwsRefused(setting_ + " must be a path that begins with a slash.");
    if (!is_container_uri_allowed(url_))
        throw AwsRefused(setting_ + " must be an https address, or one of this machine (127.0.0.1, 169.254.170.2, "
                                    "169.254.170.23, [fd00:ec2::23]).");
}

std::string ContainerCredentials::token() const
{
    if (endpoint_.token_file.empty())
        return endpoint_.token.reveal();
    auto text = read_token_file(endpoint_.token_file);
    if (!text)
        throw AwsRefused("The file " + endpoint_.token_file +
                         " cannot be read: see AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE.");
    return std::move(*text);
}

Task<AwsCredentials> ContainerCredentials::fetch()
{
    const std::string authorization = token();
    if (!std::ranges::all_of(authorization, grammar::is_value_char))
        throw AwsRefused("The container's authorization token has a line break or a control character in it: see "
                         "AWS_CONTAINER_AUTHORIZATION_TOKEN and AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE.");
    OutboundRequest request;
    request.url = url_;
    request.headers.add("Accept", "application/json");
    if (!authorization.empty())
        request.headers.add("Authorization", authorization);
    request.answer_within = std::chrono::seconds(5);
    request.largest_answer = 64u << 10;
    const std::string whom = "The container's credentials endpoint (" + setting_ + ")";
    const OutboundReply reply = co_await ask_patiently(outbound_, std::move(request), whom);
    if (reply.status == 200) {
        auto found = parse_credential_reply(reply.body);
        if (!found)
            throw Unavailable(whom + " answered with what are no credentials.");
        co_return std::move(*found);
    }
    const std::string code = parse_credential_error(reply.body);
    const std::string said = whom + " answered " + std::to_string(reply.status) + (code.empty() ? "" : " ") + code;
    if (reply.status >= 500 || reply.status == 429)
        throw Unavailable(said + ".");
    throw AwsRefused(said + ": see whether the task or pod has a role, and AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE.");
}

} // namespace vitrina
