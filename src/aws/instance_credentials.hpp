#pragma once
#include "aws/credentials.hpp"
#include "http/outbound.hpp"

#include <string>

namespace vitrina {

struct AwsInstanceEndpoint {
    std::string url = "http://169.254.169.254";
    std::string looked_elsewhere; // said when the service is not there: where else credentials could have been
};

// Those of the role of an EC2 instance, from its metadata service, version 2 only: what answers without a token can be
// made to speak by any request that somebody tricks a process into.
class InstanceCredentials final : public AwsCredentialSource {
public:
    // Throws AwsRefused when the address cannot be one.
    InstanceCredentials(AwsInstanceEndpoint endpoint, OutboundOptions outbound);
    Task<AwsCredentials> fetch() override;

private:
    Task<std::string> session();
    Task<std::string> role(std::string session);
    Task<OutboundReply> get(std::string path, std::string session);

    const AwsInstanceEndpoint endpoint_;
    std::string base_;
    Outbound outbound_;
};

} // namespace vitrina
