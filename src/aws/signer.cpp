#include "aws/signer.hpp"

#include "core/digest.hpp"

namespace vitrina {

Headers AwsSigner::sign(SigV4Request request, const AwsCredentials& credentials, Instant now)
{
    const SigV4Scope scope{now, region_, service_};
    Headers added;
    added.add("x-amz-date", amz_date(now));
    if (!credentials.session_token.empty())
        added.add("x-amz-security-token", credentials.session_token.reveal());
    for (const Header& header : added)
        request.headers.add(header.name, header.value);
    added.add("Authorization", authorization(request, scope, credentials.access_key, key_for(scope, credentials)));
    return added;
}

std::string AwsSigner::presign(SigV4Request request, const AwsCredentials& credentials, Instant now,
                               std::chrono::seconds valid_for)
{
    const SigV4Scope scope{now, region_, service_};
    if (!credentials.session_token.empty())
        request.query.emplace_back("X-Amz-Security-Token", credentials.session_token.reveal());
    return presigned_query(std::move(request), scope, credentials.access_key, valid_for, key_for(scope, credentials));
}

Sha256 AwsSigner::key_for(const SigV4Scope& scope, const AwsCredentials& credentials)
{
    // A secret that was corrected keeps its access key.
    const std::string wanted =
        amz_date(scope.time).substr(0, 8) + credentials.access_key + ' ' + sha256_hex(credentials.secret_key.reveal());
    const std::lock_guard lock(mutex_);
    if (key_of_ != wanted) {
        key_ = signing_key(credentials.secret_key, scope);
        key_of_ = wanted;
    }
    return key_;
}

} // namespace vitrina
