#pragma once
#include "aws/credentials.hpp"
#include "http/outbound.hpp"

#include <string>

namespace vitrina {

// Where a container finds its role's credentials, as ECS and EKS Pod Identity tell it.
struct AwsContainerEndpoint {
    std::string relative_uri; // below `host`; comes before full_uri
    std::string full_uri;
    Secret token;           // sent as Authorization; "" for none
    std::string token_file; // the same, exchanged from time to time; comes before `token`
    std::string host = "http://169.254.170.2";
};

// Whether a full URI may be asked: over https, or on this machine and at the addresses that AWS gives to such services.
// Anywhere else keys would travel in the clear.
bool is_container_uri_allowed(const std::string& uri);

class ContainerCredentials final : public AwsCredentialSource {
public:
    // Throws AwsRefused when the address may not be asked.
    ContainerCredentials(AwsContainerEndpoint endpoint, OutboundOptions outbound);
    Task<AwsCredentials> fetch() override;

private:
    std::string token() const;

    const AwsContainerEndpoint endpoint_;
    const std::string setting_; // that names the address
    const std::string url_;
    Outbound outbound_;
};

} // namespace vitrina
