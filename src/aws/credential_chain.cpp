#include "aws/credential_chain.hpp"

#include "aws/credential_provider.hpp"
#include "aws/credential_reply.hpp"

#include <algorithm>
#include <array>

namespace vitrina {
namespace {

// A profile of nothing but a region names no credentials.
bool names_credentials(const AwsProfile& profile)
{
    static constexpr std::array<std::string_view, 7> words{
        "aws_access_key_id", "aws_secret_access_key", "role_arn",      "credential_process",
        "sso_session",       "sso_start_url",         "source_profile"};
    return std::ranges::any_of(words, [&](std::string_view word) { return profile.contains(word); });
}

std::unique_ptr<AwsCredentialSource> from_keys(const AwsCredentials& keys)
{
    if (keys.secret_key.empty())
        throw AwsRefused("AWS_ACCESS_KEY_ID is set and AWS_SECRET_ACCESS_KEY is not: both are needed.");
    if (keys.access_key.empty())
        throw AwsRefused("AWS_SECRET_ACCESS_KEY is set and AWS_ACCESS_KEY_ID is not: both are needed.");
    if (!is_sound(keys))
        throw AwsRefused("AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY or AWS_SESSION_TOKEN has a blank, a line break or "
                         "another character that no key has.");
    return make_fixed_credentials(keys);
}

std::unique_ptr<AwsCredentialSource> from_profile(const AwsCredentialOptions& options, const AwsProfile& profile)
{
    const auto token_file = profile.find("web_identity_token_file");
    const auto role_arn = profile.find("role_arn");
    if (token_file == profile.end() || role_arn == profile.end() || profile.contains("aws_access_key_id"))
        return std::make_unique<ProfileCredentials>(options.profile);
    AwsWebIdentity identity = options.web_identity;
    identity.token_file = token_file->second;
    identity.role_arn = role_arn->second;
    if (const auto name = profile.find("role_session_name"); name != profile.end())
        identity.session_name = name->second;
    return std::make_unique<WebIdentityCredentials>(std::move(identity), options.outbound);
}

} // namespace

std::unique_ptr<AwsCredentialSource> choose_aws_credentials(AwsCredentialOptions options)
{
    if (!options.keys.access_key.empty() || !options.keys.secret_key.empty())
        return from_keys(options.keys);
    if (!options.web_identity.token_file.empty())
        return std::make_unique<WebIdentityCredentials>(std::move(options.web_identity), std::move(options.outbound));
    const auto profile = find_aws_profile(options.profile);
    if (profile && (names_credentials(*profile) || !options.profile.profile.empty()))
        return from_profile(options, *profile);
    if (!options.container.relative_uri.empty() || !options.container.full_uri.empty())
        return std::make_unique<ContainerCredentials>(std::move(options.container), std::move(options.outbound));
    const std::string looked = "AWS_ACCESS_KEY_ID, AWS_WEB_IDENTITY_TOKEN_FILE and "
                               "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI are not set, the AWS credentials file has no "
                               "default profile";
    if (!options.asks_instance)
        throw AwsRefused("No AWS credentials were found: " + looked +
                         ", and AWS_EC2_METADATA_DISABLED forbids asking for the role of an EC2 instance. Set "
                         "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.");
    options.instance.looked_elsewhere = looked;
    return std::make_unique<InstanceCredentials>(std::move(options.instance), std::move(options.outbound));
}

} // namespace vitrina
