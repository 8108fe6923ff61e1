#pragma once
#include "aws/credentials.hpp"
#include "aws/profile_file.hpp"

#include <optional>
#include <string>

namespace vitrina {

// The files that the AWS command line keeps, and which of their profiles is meant.
struct AwsProfileChoice {
    std::string profile;          // "" for "default", if there is one
    std::string credentials_file; // "" for `home`/.aws/credentials, if there is one
    std::string config_file;      // "" for `home`/.aws/config, if there is one
    std::string home;             // "" when nobody is at home
};

// Nothing when no profile was asked for and there is no default one. Throws AwsRefused when what was asked for is not
// there, or a file cannot be read.
std::optional<AwsProfile> find_aws_profile(const AwsProfileChoice& choice);

// Keys of a profile. They may be exchanged by other programs: the files are read anew each time.
class ProfileCredentials final : public AwsCredentialSource {
public:
    explicit ProfileCredentials(AwsProfileChoice choice) : choice_(std::move(choice)) {}
    Task<AwsCredentials> fetch() override;

private:
    const AwsProfileChoice choice_;
};

} // namespace vitrina
