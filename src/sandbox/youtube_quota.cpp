#include "sandbox/youtube_quota.hpp"

#include "sandbox/youtube.hpp"

namespace vitrina::sandbox {

YoutubeQuota::YoutubeQuota(World& world) : world_(world)
{
    world_.database.run(
        "CREATE TABLE IF NOT EXISTS youtube_quota (client TEXT, day INTEGER, bucket TEXT, spent INTEGER,"
        " PRIMARY KEY (client, day, bucket))");
}

void YoutubeQuota::spend(const Call& call, const Token& token, int units)
{
    spend(call, token, "units", units, 10'000);
}

void YoutubeQuota::spend_insert(const Call& call, const Token& token)
{
    spend(call, token, "inserts", 1, 100);
    if (call.scripted("upload_limit_exceeded"))
        throw Refusal{400, "uploadLimitExceeded", "The user has exceeded the number of videos they may upload."};
}

void YoutubeQuota::spend(const Call& call, const Token& token, std::string_view bucket, int amount, int most)
{
    if (const auto fault = call.scripted("rate_limited")) {
        Refusal refusal{403, "rateLimitExceeded", "Rate Limit Exceeded"};
        if (fault->reset)
            refusal.reset = world_.clock.now() + std::chrono::seconds{*fault->reset};
        throw refusal;
    }
    const Refusal exceeded{403, "quotaExceeded",
                           "The request cannot be completed because you have exceeded your quota."};
    if (call.scripted("quota_exceeded"))
        throw exceeded;
    if (!is_set(world_.accounts.find("youtube", token.account).value(), "limits", false))
        return;
    const std::int64_t day = pacific_day(world_.clock.now());
    world_.database.run("INSERT OR IGNORE INTO youtube_quota VALUES (?, ?, ?, 0)", token.client, day, bucket);
    const int charged = world_.database.run("UPDATE youtube_quota SET spent = spent + ?1"
                                            " WHERE client = ?2 AND day = ?3 AND bucket = ?4 AND spent + ?1 <= ?5",
                                            amount, token.client, day, bucket, most);
    if (charged == 0)
        throw exceeded;
}

} // namespace vitrina::sandbox
