#include "app/aws_parts.hpp"

#include "app/publishing_parts.hpp"
#include "aws/credential_chain.hpp"
#include "core/run_task.hpp"

#include <cstdlib>

namespace vitrina {
namespace {

Secret secret_text(const Settings& settings, std::string_view name)
{
    return Secret(std::string(settings.text(name)));
}

// The first of these that is set; "" when none is.
std::string first_of(const Settings& settings, std::initializer_list<std::string_view> names)
{
    for (const std::string_view name : names)
        if (!settings.text(name).empty())
            return std::string(settings.text(name));
    return {};
}

AwsCredentialOptions credential_options(const Settings& settings)
{
    AwsCredentialOptions options;
    options.outbound = outbound_options(settings);
    options.keys.access_key = settings.text("AWS_ACCESS_KEY_ID");
    options.keys.secret_key = secret_text(settings, "AWS_SECRET_ACCESS_KEY");
    options.keys.session_token = secret_text(settings, "AWS_SESSION_TOKEN");

    AwsWebIdentity& identity = options.web_identity;
    identity.token_file = settings.text("AWS_WEB_IDENTITY_TOKEN_FILE");
    identity.role_arn = settings.text("AWS_ROLE_ARN");
    identity.session_name = settings.text("AWS_ROLE_SESSION_NAME");
    identity.sts_endpoint = first_of(settings, {"AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL"});
    if (identity.sts_endpoint.empty())
        identity.sts_endpoint = aws_endpoint("sts", settings.text("AWS_REGION"));

    const char* home = std::getenv("HOME");
    options.profile.home = home ? home : "";
    options.profile.profile = settings.text("AWS_PROFILE");
    options.profile.credentials_file = settings.text("AWS_SHARED_CREDENTIALS_FILE");
    options.profile.config_file = settings.text("AWS_CONFIG_FILE");

    AwsContainerEndpoint& container = options.container;
    container.relative_uri = settings.text("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    container.full_uri = settings.text("AWS_CONTAINER_CREDENTIALS_FULL_URI");
    container.token = secret_text(settings, "AWS_CONTAINER_AUTHORIZATION_TOKEN");
    container.token_file = settings.text("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");

    options.asks_instance = !settings.yes("AWS_EC2_METADATA_DISABLED");
    options.instance.url = settings.text("AWS_EC2_METADATA_SERVICE_ENDPOINT");
    return options;
}

} // namespace

std::shared_ptr<AwsCredentialProvider> aws_credentials(const Settings& settings)
{
    return std::make_shared<AwsCredentialProvider>(choose_aws_credentials(credential_options(settings)));
}

std::shared_ptr<SecretsManager> secrets_manager(const Settings& settings)
{
    SecretsManagerOptions options;
    options.region = settings.text("AWS_REGION");
    options.endpoint = first_of(settings, {"AWS_ENDPOINT_URL_SECRETS_MANAGER", "AWS_ENDPOINT_URL"});
    options.credentials = aws_credentials(settings);
    options.outbound = outbound_options(settings);
    return std::make_shared<SecretsManager>(std::move(options));
}

bool is_kept_by_aws(const Settings& settings, std::string_view name)
{
    const std::string setting = std::string(name) + "_SECRET";
    if (settings.text(setting).empty())
        return false;
    if (!settings.text(name).empty())
        throw AwsRefused("Both " + std::string(name) + " and " + setting + " are set: keep one of them.");
    return true;
}

Secret read_secret(const Settings& settings, std::string_view name)
{
    if (!is_kept_by_aws(settings, name))
        return secret_text(settings, name);
    const std::string setting = std::string(name) + "_SECRET";
    AwsSecretName secret = parse_aws_secret_name(setting, settings.text(setting));
    const auto manager = secrets_manager(settings);
    const Secret text = run_task(manager->get(secret));
    return secret_value(text, secret);
}

} // namespace vitrina
