#pragma once
#include "aws/credentials.hpp"
#include "aws/sigv4.hpp"

#include <chrono>
#include <mutex>
#include <string>

namespace vitrina {

// Signs requests to one service of one region. Keeps the key of the day. Usable from every loop at once.
class AwsSigner {
public:
    AwsSigner(std::string region, std::string service) : region_(std::move(region)), service_(std::move(service)) {}

    // What a request must carry beside the headers it has: its time, the session's token, the signature.
    Headers sign(SigV4Request request, const AwsCredentials& credentials, Instant now);
    // The query of a URL that carries its own permission. It ends with the credentials, if they end before.
    std::string presign(SigV4Request request, const AwsCredentials& credentials, Instant now,
                        std::chrono::seconds valid_for);

private:
    Sha256 key_for(const SigV4Scope& scope, const AwsCredentials& credentials);

    const std::string region_, service_;
    std::mutex mutex_;
    std::string key_of_; // the day and the access key that `key_` is for
    Sha256 key_{};
};

} // namespace vitrina
