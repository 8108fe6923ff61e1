#include "aws/secrets_manager.hpp"

#include "aws/patient_request.hpp"
#include "http/grammar.hpp"

#include <algorithm>
#include <array>
#include <boost/json.hpp>

namespace vitrina {
namespace {

namespace json = boost::json;

constexpr const char* whom = "AWS Secrets Manager (see AWS_REGION and AWS_ENDPOINT_URL_SECRETS_MANAGER)";

// The object that the text is, if it is one.
std::optional<json::object> object_of(std::string_view text)
{
    boost::system::error_code bad;
    json::value value = json::parse(text, bad);
    if (bad || !value.is_object())
        return std::nullopt;
    return std::move(value.get_object());
}

std::optional<std::string> member_of(const json::object& object, std::string_view name)
{
    const auto* found = object.if_contains(name);
    return found && found->is_string() ? std::optional<std::string>(found->get_string().c_str()) : std::nullopt;
}

// Of "com.amazonaws.secretsmanager#ResourceNotFoundException" what stands last; it goes into messages.
std::string error_of(std::string_view body)
{
    const auto object = object_of(body);
    std::string type = object ? member_of(*object, "__type").value_or("") : "";
    type.erase(0, type.find('#') + 1); // npos + 1 is 0
    const bool plain = type.size() <= 64 && std::ranges::all_of(type, grammar::is_unreserved);
    return plain ? type : std::string();
}

// An ARN says its region: arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME.
std::string region_of(const std::string& id, const std::string& otherwise)
{
    if (!id.starts_with("arn:"))
        return otherwise;
    std::string_view rest = id;
    for (int field = 0; field < 3; ++field)
        rest.remove_prefix(std::min(rest.find(':') + 1, rest.size()));
    return std::string(rest.substr(0, rest.find(':')));
}

bool is_one_of(std::string_view error, std::initializer_list<std::string_view> errors)
{
    return std::ranges::find(errors, error) != errors.end();
}

[[noreturn]] void throw_refusal(const AwsSecretName& name, const std::string& region, int status,
                                const std::string& error)
{
    const std::string secret = "the secret " + name.id;
    const std::string code = error.empty() ? std::to_string(status) : error;
    if (status >= 500 || status == 429 || is_one_of(error, {"ThrottlingException", "InternalServiceError"}))
        throw Unavailable("AWS Secrets Manager does not give " + secret + " just now: it answered " + code + ".");
    if (error == "ResourceNotFoundException")
        throw AwsRefused("AWS Secrets Manager has no secret " + name.id + " in " + region + ": see " + name.setting +
                         " and AWS_REGION.");
    if (is_one_of(error, {"AccessDeniedException", "DecryptionFailure", "DecryptionFailureException"}))
        throw AwsRefused("The AWS credentials may not read " + secret + " (" + error +
                         "): allow them secretsmanager:GetSecretValue, and kms:Decrypt with its key, or see " +
                         name.setting + ".");
    if (is_one_of(error, {"UnrecognizedClientException", "InvalidSignatureException", "SignatureDoesNotMatch",
                          "IncompleteSignatureException", "InvalidClientTokenId", "MissingAuthenticationTokenException",
                          "ExpiredTokenException"}))
        throw AwsRefused("AWS Secrets Manager in " + region + " does not accept the AWS credentials (" + error +
                         "): see AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_REGION and this "
                         "machine's clock.");
    if (error == "InvalidRequestException")
        throw AwsRefused("AWS Secrets Manager does not give " + secret +
                         ", which has no value or is about to be deleted (" + error + "): see " + name.setting + ".");
    throw AwsRefused("AWS Secrets Manager in " + region + " answered " + code + " for " + secret + ": see " +
                     name.setting + ", AWS_REGION and AWS_ENDPOINT_URL_SECRETS_MANAGER.");
}

} // namespace

AwsSecretName parse_aws_secret_name(std::string_view setting, std::string_view text)
{
    const auto hash = std::min(text.find('#'), text.size());
    AwsSecretName name{std::string(setting), std::string(text.substr(0, hash)),
                       std::string(text.substr(std::min(hash + 1, text.size())))};
    const auto allowed = [](char c) {
        return grammar::is_unreserved(c) || std::string_view("/+=@:!").find(c) != std::string_view::npos;
    };
    const bool asks_for_nothing = hash < text.size() && name.member.empty();
    if (name.id.empty() || name.id.size() > 2048 || asks_for_nothing || !std::ranges::all_of(name.id, allowed))
        throw AwsRefused(name.setting + " must be the name or the ARN of a secret, and perhaps # and a member of the "
                                        "JSON in it.");
    return name;
}

Secret secret_value(const Secret& text, const AwsSecretName& name)
{
    const auto object = object_of(text.reveal());
    if (!object && name.member.empty())
        return text;
    if (!object)
        throw AwsRefused("The secret " + name.id + " is no JSON object: leave the # out of " + name.setting + ".");
    auto value = member_of(*object, name.member.empty() ? "password" : name.member);
    if (value && !value->empty())
        return Secret(std::move(*value));
    if (name.member.empty())
        throw AwsRefused("The secret " + name.id +
                         " is a JSON object without a \"password\": write which member is "
                         "meant into " +
                         name.setting + ", after a #.");
    throw AwsRefused("The secret " + name.id + " has no text \"" + name.member + "\": see " + name.setting + ".");
}

std::string secret_user(const Secret& text)
{
    const auto object = object_of(text.reveal());
    return object ? member_of(*object, "username").value_or("") : std::string();
}

SecretsManager::SecretsManager(SecretsManagerOptions options, const Clock* clock)
    : options_(std::move(options)), clock_(clock ? *clock : system_clock_), outbound_(options_.outbound)
{
}

AwsEndpoint SecretsManager::endpoint_in(const std::string& region) const
{
    const bool is_amazons = options_.endpoint.empty();
    const auto endpoint = parse_aws_endpoint(is_amazons ? aws_endpoint("secretsmanager", region) : options_.endpoint);
    if (!endpoint)
        throw AwsRefused("AWS_ENDPOINT_URL_SECRETS_MANAGER must be an address such as "
                         "https://secretsmanager.eu-west-1.amazonaws.com, without a path.");
    return *endpoint;
}

Task<Secret> SecretsManager::get(AwsSecretName name)
{
    const std::string region = region_of(name.id, options_.region);
    for (bool renewed = false;; renewed = true) {
        const AwsCredentials credentials = co_await options_.credentials->get();
        const OutboundReply reply = co_await ask(name, region, credentials);
        const std::string error = reply.status == 200 ? "" : error_of(reply.body);
        if (!renewed && is_one_of(error, {"ExpiredTokenException", "UnrecognizedClientException"})) {
            const bool others = co_await options_.credentials->renew(credentials.access_key);
            if (others)
                continue;
        }
        if (reply.status != 200)
            throw_refusal(name, region, reply.status, error);
        const auto answer = object_of(reply.body);
        auto text = answer ? member_of(*answer, "SecretString") : std::nullopt;
        if (!answer)
            throw Unavailable("AWS Secrets Manager answered with what is no answer of its own.");
        if (!text || text->empty())
            throw AwsRefused("The secret " + name.id + " holds no text: see " + name.setting + ".");
        co_return Secret(std::move(*text));
    }
}

Task<OutboundReply> SecretsManager::ask(const AwsSecretName& name, const std::string& region,
                                        AwsCredentials credentials)
{
    const AwsEndpoint endpoint = endpoint_in(region);
    OutboundRequest request;
    request.method = Method::post;
    request.url = endpoint.url() + '/';
    request.body.before = json::serialize(json::object{{"SecretId", name.id}});
    request.headers.add("Content-Type", "application/x-amz-json-1.1");
    request.headers.add("X-Amz-Target", "secretsmanager.GetSecretValue");
    request.answer_within = std::chrono::seconds(10);
    request.largest_answer = 256u << 10; // a secret has at most 64 KiB

    SigV4Request what{.method = "POST", .path = "/"};
    what.headers = request.headers;
    what.headers.add("Host", endpoint.host);
    what.payload = sha256_hex(request.body.before);
    AwsSigner signer(region, "secretsmanager");
    for (const Header& header : signer.sign(std::move(what), credentials, clock_.now()))
        request.headers.add(header.name, header.value);
    OutboundReply reply = co_await ask_patiently(outbound_, std::move(request), whom);
    co_return reply;
}

} // namespace vitrina
