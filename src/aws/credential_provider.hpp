#pragma once
#include "aws/credentials.hpp"
#include "core/turn.hpp"

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace vitrina {

// Credentials that are good now. Those that end are asked for anew some minutes before, by one task while the others
// go on with what they have; when that fails they are used until their end. Usable from every loop at once.
class AwsCredentialProvider {
public:
    // `clock`: null for the system's; else it outlives this.
    explicit AwsCredentialProvider(std::unique_ptr<AwsCredentialSource> source, const Clock* clock = nullptr);

    // Throws what the source throws when there are none, or none that are still good.
    Task<AwsCredentials> get();
    // After a service refused these: true when there are others now. The source is asked at most every few seconds.
    Task<bool> renew(std::string refused_access_key);

private:
    class UnderWay;
    struct Failure {
        bool refused = false;
        std::string reason;
        [[noreturn]] void raise() const;
    };

    std::optional<AwsCredentials> good_enough();
    Task<AwsCredentials> refreshed();
    Task<std::optional<Failure>> fetch();
    void plan_refresh(Instant now);

    const SystemClock system_clock_{};
    const Clock& clock_;
    const std::unique_ptr<AwsCredentialSource> source_;
    Turn refreshing_{1, "the AWS credentials are being fetched"};

    std::mutex mutex_; // of what follows
    std::optional<AwsCredentials> known_;
    Instant refresh_at_{};
    bool under_way_ = false;
    Instant failed_until_{}; // the source is left alone; what it said is said again
    std::optional<Failure> failure_;
    Instant next_renewal_{};
};

// Keys that somebody set and that never change.
std::unique_ptr<AwsCredentialSource> make_fixed_credentials(AwsCredentials credentials);
// The same with a provider around it.
std::shared_ptr<AwsCredentialProvider> fixed_aws_credentials(std::string access_key, Secret secret_key);

} // namespace vitrina
