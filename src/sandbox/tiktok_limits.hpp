#pragma once
#include "sandbox/network.hpp"
#include "sandbox/rate_window.hpp"

namespace vitrina::sandbox {

// Calls a minute, posts and drafts a day. Counted for accounts with "limits": true.
class TiktokLimits {
public:
    explicit TiktokLimits(World& world) : world_(world) {}

    // Each throws the limit that is reached, or that the script wants reached.
    void count_init(const Call& call, const Account& account);
    void count_creator_info(const Call& call, const Account& account);
    void count_status(const Call& call, const Account& account);
    void check_posts(const Call& call, const Account& account) const;
    void check_drafts(const Call& call, const Account& account) const;

private:
    void count(const Call& call, const Account& account, RateWindow& window);
    std::size_t made_today(const Account& account, std::string_view kind) const;

    World& world_;
    RateWindow inits_{6, std::chrono::minutes{1}}, creator_infos_{20, std::chrono::minutes{1}},
        statuses_{30, std::chrono::minutes{1}};
};

} // namespace vitrina::sandbox
