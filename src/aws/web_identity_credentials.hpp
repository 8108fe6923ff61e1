#pragma once
#include "aws/credentials.hpp"
#include "http/outbound.hpp"

#include <string>

namespace vitrina {

// A role that is assumed with a token that somebody else signed: EKS's "roles for service accounts" (IRSA).
struct AwsWebIdentity {
    std::string token_file; // read anew each time: Kubernetes exchanges it
    std::string role_arn;
    std::string session_name; // "" for "vitrina"
    std::string sts_endpoint; // without a path
};

class WebIdentityCredentials final : public AwsCredentialSource {
public:
    // Throws AwsRefused when something of it is missing.
    WebIdentityCredentials(AwsWebIdentity identity, OutboundOptions outbound);
    Task<AwsCredentials> fetch() override;

private:
    const AwsWebIdentity identity_;
    std::string url_;
    Outbound outbound_;
};

} // namespace vitrina
