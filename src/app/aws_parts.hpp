#pragma once
#include "aws/credential_provider.hpp"
#include "aws/secrets_manager.hpp"
#include "core/settings.hpp"

#include <memory>
#include <string_view>

namespace vitrina {

// What the settings say of AWS. Throws AwsRefused when they name no credentials, or what they name cannot be used.
std::shared_ptr<AwsCredentialProvider> aws_credentials(const Settings& settings);
std::shared_ptr<SecretsManager> secrets_manager(const Settings& settings);

// A secret's value, wherever it is: in the setting NAME, or in the AWS secret that NAME_SECRET names. "" when neither
// is set. Blocks; throws Unavailable, and AwsRefused also when both are.
Secret read_secret(const Settings& settings, std::string_view name);
// Throws AwsRefused when both are set.
bool is_kept_by_aws(const Settings& settings, std::string_view name);

} // namespace vitrina
