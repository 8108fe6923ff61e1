#pragma once
#include "aws/credentials.hpp"

#include <optional>
#include <string_view>

namespace vitrina {

// What a container's endpoint and an instance's metadata service answer, in JSON. Nothing when it is anything else.
std::optional<AwsCredentials> parse_credential_reply(std::string_view json);

// The "Code" by which a metadata service says why it has none; "" when it says nothing, or what no code is.
std::string parse_credential_error(std::string_view json);

// What AssumeRoleWithWebIdentity answers, in XML.
std::optional<AwsCredentials> parse_sts_credentials(std::string_view xml);
// The Code of an <ErrorResponse>; "" when it says none.
std::string parse_sts_error(std::string_view xml);

// Whether they can stand in headers and in a signature.
bool is_sound(const AwsCredentials& credentials);

} // namespace vitrina
