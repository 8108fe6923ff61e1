#include "aws/web_identity_credentials.hpp"

#include "aws/credential_reply.hpp"
#include "aws/endpoint.hpp"
#include "aws/patient_request.hpp"
#include "aws/sigv4.hpp"
#include "aws/small_file.hpp"

#include <algorithm>
#include <array>

namespace vitrina {
namespace {

// What another try may get past; everything else needs somebody to change something.
bool is_passing(int status, std::string_view code)
{
    static constexpr std::array<std::string_view, 3> codes{"IDPCommunicationError", "Throttling", "RequestTimeout"};
    return status >= 500 || status == 429 || std::ranges::find(codes, code) != codes.end();
}

} // namespace

WebIdentityCredentials::WebIdentityCredentials(AwsWebIdentity identity, OutboundOptions outbound)
    : identity_(std::move(identity)), outbound_(std::move(outbound))
{
    if (identity_.role_arn.empty())
        throw AwsRefused("AWS_WEB_IDENTITY_TOKEN_FILE is set and AWS_ROLE_ARN is not: it says which role is assumed.");
    const auto endpoint = parse_aws_endpoint(identity_.sts_endpoint);
    if (!endpoint)
        throw AwsRefused("AWS_ENDPOINT_URL_STS must be an address such as https://sts.eu-west-1.amazonaws.com, "
                         "without a path.");
    url_ = endpoint->url() + '/';
}

Task<AwsCredentials> WebIdentityCredentials::fetch()
{
    const auto token = read_token_file(identity_.token_file);
    if (!token || token->empty())
        throw AwsRefused("The file " + identity_.token_file +
                         " cannot be read or is empty: see AWS_WEB_IDENTITY_TOKEN_FILE.");
    OutboundRequest request;
    request.method = Method::post;
    request.url = url_;
    request.headers.add("Content-Type", "application/x-www-form-urlencoded");
    request.body.before =
        canonical_query({{"Action", "AssumeRoleWithWebIdentity"},
                         {"Version", "2011-06-15"},
                         {"RoleArn", identity_.role_arn},
                         {"RoleSessionName", identity_.session_name.empty() ? "vitrina" : identity_.session_name},
                         {"WebIdentityToken", *token}});
    request.answer_within = std::chrono::seconds(10);
    request.largest_answer = 64u << 10;
    const std::string whom = "AWS STS (AWS_ENDPOINT_URL_STS, AWS_REGION)";
    const OutboundReply reply = co_await ask_patiently(outbound_, std::move(request), whom);
    if (reply.status == 200) {
        auto found = parse_sts_credentials(reply.body);
        if (!found)
            throw Unavailable(whom + " answered with what are no credentials.");
        co_return std::move(*found);
    }
    const std::string code = parse_sts_error(reply.body);
    const std::string said = "AWS STS does not give the role " + identity_.role_arn + " to this process: it answered " +
                             std::to_string(reply.status) + (code.empty() ? "" : " ") + code;
    if (is_passing(reply.status, code))
        throw Unavailable(said + ".");
    throw AwsRefused(said + ". See AWS_ROLE_ARN, the role's trust policy, and AWS_WEB_IDENTITY_TOKEN_FILE.");
}

} // namespace vitrina
