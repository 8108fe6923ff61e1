#pragma once
#include "storage/s3/s3_client.hpp"

#include <optional>
#include <string>

namespace vitrina {

// The first thing to ask a store: whether it lets us list. Unlike HEAD, its refusal has a body that says why.
S3Call s3_first_question();

// Why the store cannot be used, in one sentence that names the setting to change; nothing when it answered the first
// question as a store does.
std::optional<std::string> why_s3_refuses(const S3Client& client, const S3Answer& answer);
// The same where no answer came, or one that says "not now".
std::string why_s3_is_away(const S3Client& client, const S3Trouble& trouble);

} // namespace vitrina
