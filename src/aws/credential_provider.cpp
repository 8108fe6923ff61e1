#include "aws/credential_provider.hpp"

#include "core/log.hpp"
#include "core/random.hpp"

#include <algorithm>

namespace vitrina {
namespace {

using namespace std::chrono_literals;

// AWS has new ones at least five minutes before the old ones end.
constexpr auto longest_lead = std::chrono::microseconds(5min);
// Between two tries, by chance up to half as long again: a fleet that was started together does not ask together.
constexpr auto between_tries = std::chrono::microseconds(30s);
// With none that are good, everybody waits for new ones; but those who come just after a failure are told at once.
constexpr auto pause_after_failure = std::chrono::microseconds(1s);
// The source has limits of its own, with several requests in a row.
constexpr auto patience = 30s;

std::chrono::microseconds with_chance(std::chrono::microseconds time)
{
    return std::chrono::microseconds(std::int64_t(double(time.count()) * (1 + roll_dice() / 2)));
}

class FixedCredentials final : public AwsCredentialSource {
public:
    explicit FixedCredentials(AwsCredentials credentials) : credentials_(std::move(credentials)) {}
    Task<AwsCredentials> fetch() override { co_return credentials_; }

private:
    const AwsCredentials credentials_;
};

} // namespace

class AwsCredentialProvider::UnderWay {
public:
    explicit UnderWay(AwsCredentialProvider& provider) : provider_(provider) { set(true); }
    ~UnderWay() { set(false); }
    UnderWay(const UnderWay&) = delete;
    UnderWay& operator=(const UnderWay&) = delete;

private:
    void set(bool is)
    {
        const std::lock_guard lock(provider_.mutex_);
        provider_.under_way_ = is;
    }
    AwsCredentialProvider& provider_;
};

AwsCredentialProvider::AwsCredentialProvider(std::unique_ptr<AwsCredentialSource> source, const Clock* clock)
    : clock_(clock ? *clock : system_clock_), source_(std::move(source))
{
}

Task<AwsCredentials> AwsCredentialProvider::get()
{
    if (auto known = good_enough())
        co_return std::move(*known);
    AwsCredentials fresh = co_await refreshed();
    co_return fresh;
}

// Nothing when the caller must, or should be the one to, ask the source.
std::optional<AwsCredentials> AwsCredentialProvider::good_enough()
{
    const Instant now = clock_.now();
    const std::lock_guard lock(mutex_);
    if (!known_)
        return std::nullopt;
    if (now < refresh_at_)
        return known_;
    const bool ended = known_->expires && now >= *known_->expires;
    return !ended && under_way_ ? known_ : std::nullopt;
}

Task<AwsCredentials> AwsCredentialProvider::refreshed()
{
    const Turn::Held turn = co_await refreshing_.take(patience);
    if (auto known = good_enough())
        co_return std::move(*known); // somebody else was there before
    const auto failure = co_await fetch();
    const Instant now = clock_.now();
    const std::lock_guard lock(mutex_);
    if (failure) {
        if (!known_ || (known_->expires && now >= *known_->expires))
            failure->raise();
        refresh_at_ = now + with_chance(between_tries);
        if (known_->expires)
            refresh_at_ = std::min(refresh_at_, *known_->expires);
    }
    co_return *known_;
}

// Whoever has the turn.
Task<std::optional<AwsCredentialProvider::Failure>> AwsCredentialProvider::fetch()
{
    {
        const std::lock_guard lock(mutex_);
        if (failure_ && clock_.now() < failed_until_)
            co_return failure_;
        failure_.reset();
    }
    const UnderWay under_way(*this);
    Failure failure;
    try {
        AwsCredentials fresh = co_await source_->fetch();
        const std::lock_guard lock(mutex_);
        known_ = std::move(fresh);
        plan_refresh(clock_.now());
        co_return std::nullopt;
    } catch (const AwsRefused& refused) {
        failure = {true, refused.what()};
    } catch (const Unavailable& error) {
        failure = {false, error.what()};
    }
    log(LogLevel::warn, "the AWS credentials could not be fetched", {{"reason", failure.reason}});
    const std::lock_guard lock(mutex_);
    failure_ = failure;
    failed_until_ = clock_.now() + pause_after_failure;
    co_return failure_;
}

void AwsCredentialProvider::Failure::raise() const
{
    if (refused)
        throw AwsRefused(reason);
    throw Unavailable(reason);
}

// Those that have ended already, by our clock, are the newest there are all the same: they are used, and asked for
// again soon.
void AwsCredentialProvider::plan_refresh(Instant now)
{
    if (!known_->expires) {
        refresh_at_ = Instant::max();
        return;
    }
    const Instant soon = now + with_chance(between_tries);
    const auto left = std::chrono::microseconds(*known_->expires - now);
    if (left.count() <= 0) {
        refresh_at_ = soon;
        return;
    }
    const auto lead = std::min(longest_lead, left / 4);
    const auto chance = std::chrono::microseconds(std::int64_t(double(lead.count()) * 0.4 * roll_dice()));
    refresh_at_ = std::min(std::max(*known_->expires - lead + chance, soon), *known_->expires);
}

Task<bool> AwsCredentialProvider::renew(std::string refused_access_key)
{
    const Turn::Held turn = co_await refreshing_.take(patience);
    {
        const std::lock_guard lock(mutex_);
        if (known_ && known_->access_key != refused_access_key)
            co_return true; // somebody else renewed them
        if (clock_.now() < next_renewal_)
            co_return false;
        next_renewal_ = clock_.now() + between_tries;
    }
    // When it fails, what the service said is what the caller tells.
    const auto failure = co_await fetch();
    const std::lock_guard lock(mutex_);
    co_return !failure && known_->access_key != refused_access_key;
}

std::unique_ptr<AwsCredentialSource> make_fixed_credentials(AwsCredentials credentials)
{
    return std::make_unique<FixedCredentials>(std::move(credentials));
}

std::shared_ptr<AwsCredentialProvider> fixed_aws_credentials(std::string access_key, Secret secret_key)
{
    AwsCredentials credentials{std::move(access_key), std::move(secret_key), {}, {}};
    return std::make_shared<AwsCredentialProvider>(make_fixed_credentials(std::move(credentials)));
}

} // namespace vitrina
