#pragma once
#include "core/clock.hpp"
#include "core/errors.hpp"
#include "core/secret.hpp"
#include "core/task.hpp"

#include <optional>
#include <string>

namespace vitrina {

// What signs a request to AWS, or to a store that speaks its language.
struct AwsCredentials {
    std::string access_key;
    Secret secret_key;
    Secret session_token;           // "" with permanent keys
    std::optional<Instant> expires; // nothing: they hold until somebody withdraws them
};

// Asking again does not help: a setting is missing or wrong, or somebody must be given a permission. One sentence for
// the operator, which names the setting.
class AwsRefused : public Unavailable {
public:
    using Unavailable::Unavailable;
};

// Where credentials come from.
class AwsCredentialSource {
public:
    virtual ~AwsCredentialSource() = default;
    // The newest there are. Throws AwsRefused, and Unavailable when it may work later.
    virtual Task<AwsCredentials> fetch() = 0;
};

} // namespace vitrina
