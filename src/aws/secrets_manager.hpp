#pragma once
#include "aws/credential_provider.hpp"
#include "aws/endpoint.hpp"
#include "aws/signer.hpp"
#include "http/outbound.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace vitrina {

// A secret of AWS Secrets Manager, as a setting names it.
struct AwsSecretName {
    std::string setting; // for messages: "DB_PASSWORD_SECRET"
    std::string id;      // a name or an ARN
    std::string member;  // of the JSON object in it; "" for the whole text, or its "password"
};

// "prod/db", "prod/db#password", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/db-a1b2c3#password". Throws
// AwsRefused when it is none.
AwsSecretName parse_aws_secret_name(std::string_view setting, std::string_view text);

// The value in the text of a secret. Text that is a JSON object, as Amazon RDS makes it, is never a value itself.
// Throws AwsRefused when the member is not there.
Secret secret_value(const Secret& text, const AwsSecretName& name);
// Whose password it is, where the text says so in a member "username"; else "".
std::string secret_user(const Secret& text);

struct SecretsManagerOptions {
    std::string region = "us-east-1"; // of secrets that are named without an ARN
    std::string endpoint{}; // "" for Amazon's own in the secret's region
    std::shared_ptr<AwsCredentialProvider> credentials;
    OutboundOptions outbound;
};

// Reads secrets. Throws AwsRefused when something must be changed, with the sentence that says what; Unavailable when
// it may work later.
class SecretsManager {
public:
    explicit SecretsManager(SecretsManagerOptions options, const Clock* clock = nullptr);

    // The newest text of the secret.
    Task<Secret> get(AwsSecretName name);

private:
    AwsEndpoint endpoint_in(const std::string& region) const;
    Task<OutboundReply> ask(const AwsSecretName& name, const std::string& region, AwsCredentials credentials);

    const SecretsManagerOptions options_;
    const SystemClock system_clock_{};
    const Clock& clock_;
    Outbound outbound_;
};

} // namespace vitrina
