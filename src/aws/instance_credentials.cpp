#include "aws/instance_credentials.hpp"

#include "aws/credential_reply.hpp"
#include "aws/endpoint.hpp"
#include "aws/patient_request.hpp"
#include "http/grammar.hpp"

#include <algorithm>

namespace vitrina {
namespace {

using namespace std::chrono_literals;

constexpr const char* roles = "/latest/meta-data/iam/security-credentials/";
constexpr const char* whom = "The instance's metadata service";

// Where there is none, nothing answers at all: a laptop must not hang.
OutboundOptions impatient(OutboundOptions options)
{
    options.connect_within = 1s;
    return options;
}

OutboundRequest request_for(std::string url)
{
    OutboundRequest request;
    request.url = std::move(url);
    request.answer_within = 2s;
    request.largest_answer = 64u << 10;
    return request;
}

// Role names go into a path; this is what IAM allows in them.
bool is_role_name(std::string_view name)
{
    const auto allowed = [](char c) {
        return grammar::is_unreserved(c) || std::string_view("+=,@").find(c) != std::string_view::npos;
    };
    return !name.empty() && name.size() <= 128 && name.front() != '.' && std::ranges::all_of(name, allowed);
}

} // namespace

InstanceCredentials::InstanceCredentials(AwsInstanceEndpoint endpoint, OutboundOptions outbound)
    : endpoint_(std::move(endpoint)), outbound_(impatient(std::move(outbound)))
{
    const auto parsed = parse_aws_endpoint(endpoint_.url);
    if (!parsed)
        throw AwsRefused("AWS_EC2_METADATA_SERVICE_ENDPOINT must be an address such as http://169.254.169.254.");
    base_ = parsed->url();
}

Task<AwsCredentials> InstanceCredentials::fetch()
{
    std::string token = co_await session();
    const std::string name = co_await role(token);
    const OutboundReply reply = co_await get(roles + name, std::move(token));
    const std::string code = parse_credential_error(reply.body);
    if (reply.status != 200 || (!code.empty() && code != "Success")) {
        const std::string why = code.empty() ? std::to_string(reply.status) : code;
        throw Unavailable(std::string(whom) + " has no credentials for the role " + name + " just now: " + why + ".");
    }
    auto found = parse_credential_reply(reply.body);
    if (!found)
        throw Unavailable(std::string(whom) + " answered with what are no credentials.");
    co_return std::move(*found);
}

Task<std::string> InstanceCredentials::session()
{
    OutboundRequest request = request_for(base_ + "/latest/api/token");
    request.method = Method::put;
    request.headers.add("X-aws-ec2-metadata-token-ttl-seconds", "21600");
    request.reach = Reach::operator_named;
    request.repeat = Repeat::harmless;
    const OutboundResult result = co_await outbound_.send(std::move(request));
    if (const auto* failure = std::get_if<OutboundFailure>(&result)) {
        const bool connected = failure->sent == OutboundFailure::Sent::unknown;
        throw AwsRefused("No AWS credentials were found: " + endpoint_.looked_elsewhere +
                         ", and the metadata service of an EC2 instance does not answer (" + failure->reason + "). " +
                         (connected ? "In a container, the instance's hop limit for it must be 2. " : "") +
                         "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give the machine a role.");
    }
    const auto& reply = std::get<OutboundReply>(result);
    const bool sound =
        !reply.body.empty() && reply.body.size() <= 1024 && std::ranges::all_of(reply.body, grammar::is_value_char);
    if (reply.status == 200 && sound)
        co_return reply.body;
    if (reply.status >= 500)
        throw Unavailable(std::string(whom) + " answered " + std::to_string(reply.status) + ".");
    throw AwsRefused(std::string(whom) + " gives no session (version 2 of it; it answered " +
                     std::to_string(reply.status) +
                     "): enable it for the instance, or set AWS_ACCESS_KEY_ID and "
                     "AWS_SECRET_ACCESS_KEY.");
}

// An instance has one role.
Task<std::string> InstanceCredentials::role(std::string session)
{
    const OutboundReply reply = co_await get(roles, std::move(session));
    if (reply.status >= 500)
        throw Unavailable(std::string(whom) + " answered " + std::to_string(reply.status) + ".");
    std::string_view name(reply.body);
    name = grammar::trim(name.substr(0, name.find_first_of("\r\n")));
    if (reply.status != 200 || !is_role_name(name))
        throw AwsRefused("No AWS credentials were found: " + endpoint_.looked_elsewhere +
                         ", and this EC2 instance has no role (its metadata service answered " +
                         std::to_string(reply.status) +
                         "): attach an instance profile, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.");
    co_return std::string(name);
}

Task<OutboundReply> InstanceCredentials::get(std::string path, std::string session)
{
    OutboundRequest request = request_for(base_ + path);
    request.headers.add("X-aws-ec2-metadata-token", session);
    OutboundReply reply = co_await ask_patiently(outbound_, std::move(request), whom);
    co_return reply;
}

} // namespace vitrina
