#pragma once
#include <map>
#include <string>
#include <string_view>

namespace vitrina {

// What one profile says, by names in lower case ("aws_access_key_id").
using AwsProfile = std::map<std::string, std::string, std::less<>>;
using AwsProfiles = std::map<std::string, AwsProfile, std::less<>>;

// ~/.aws/credentials names a profile [work], ~/.aws/config [profile work].
enum class AwsProfileFile { credentials, config };

// The profiles of such a file; its other sections are passed over, and so is what stands indented below a name without
// a value. Throws std::invalid_argument where a line is nothing of that, or says a second time what was said: it could
// mean either. The message has the line's number and nothing of its text, which may be a secret.
AwsProfiles parse_aws_profiles(std::string_view text, AwsProfileFile file);

} // namespace vitrina
