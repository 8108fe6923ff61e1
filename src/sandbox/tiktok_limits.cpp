#include "sandbox/tiktok_limits.hpp"

#include <algorithm>

namespace vitrina::sandbox {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t most_posts = 15, most_drafts = 5;

} // namespace

void TiktokLimits::count_init(const Call& call, const Account& account)
{
    count(call, account, inits_);
}

void TiktokLimits::count_creator_info(const Call& call, const Account& account)
{
    count(call, account, creator_infos_);
}

void TiktokLimits::count_status(const Call& call, const Account& account)
{
    count(call, account, statuses_);
}

void TiktokLimits::count(const Call& call, const Account& account, RateWindow& window)
{
    if (const auto fault = call.scripted("rate_limited")) {
        Refusal refusal{429, "rate_limit_exceeded", "The API rate limit was exceeded."};
        if (fault->reset)
            refusal.reset = world_.clock.now() + std::chrono::seconds{*fault->reset};
        throw refusal;
    }
    if (is_set(account, "limits", false))
        window.count(account.name, world_.clock.now());
}

void TiktokLimits::check_posts(const Call& call, const Account& account) const
{
    const bool reached = is_set(account, "limits", false) && made_today(account, "video") >= most_posts;
    // creator_info says so in a 200.
    const int status = call.operation == "creator_info" ? 200 : 403;
    if (reached || call.scripted("quota_exceeded"))
        throw Refusal{status, "spam_risk_too_many_posts", "The daily post cap from the API is reached."};
}

void TiktokLimits::check_drafts(const Call& call, const Account& account) const
{
    const bool reached = is_set(account, "limits", false) && made_today(account, "draft") >= most_drafts;
    if (reached || call.scripted("upload_limit_exceeded"))
        throw Refusal{403, "spam_risk_too_many_pending_share",
                      "There may be at most 5 pending shares within 24 hours."};
}

std::size_t TiktokLimits::made_today(const Account& account, std::string_view kind) const
{
    const std::vector<Post> posts = world_.ledger.list("tiktok", account.name);
    return static_cast<std::size_t>(std::count_if(posts.begin(), posts.end(), [&](const Post& post) {
        return post.kind == kind && post.accepted + 24h > world_.clock.now();
    }));
}

} // namespace vitrina::sandbox
