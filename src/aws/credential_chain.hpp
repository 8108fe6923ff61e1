#pragma once
#include "aws/container_credentials.hpp"
#include "aws/credentials.hpp"
#include "aws/instance_credentials.hpp"
#include "aws/profile_credentials.hpp"
#include "aws/web_identity_credentials.hpp"

#include <memory>
#include <string>

namespace vitrina {

// Everything that can say which credentials are used.
struct AwsCredentialOptions {
    AwsCredentials keys; // as set; "" for none
    AwsWebIdentity web_identity;
    AwsProfileChoice profile;
    AwsContainerEndpoint container;
    bool asks_instance = true;
    AwsInstanceEndpoint instance;
    OutboundOptions outbound;
};

// The first that is set of: keys, a web identity, a profile, a container's endpoint; else the EC2 instance's role. What
// is set and does not work is an error, and never a reason to look further: the wrong keys would be worse than none.
// Throws AwsRefused when nothing is set and the instance may not be asked, or what is set cannot be used.
std::unique_ptr<AwsCredentialSource> choose_aws_credentials(AwsCredentialOptions options);

} // namespace vitrina
