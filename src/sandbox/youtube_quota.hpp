#pragma once
#include "sandbox/network.hpp"

namespace vitrina::sandbox {

// Per program and Pacific day: 100 inserts, and 10,000 units for the rest. Counted for accounts with "limits": true.
class YoutubeQuota {
public:
    explicit YoutubeQuota(World& world);
    // Throws quotaExceeded, or the limit that the script wants reached.
    void spend(const Call& call, const Token& token, int units);
    void spend_insert(const Call& call, const Token& token);

private:
    void spend(const Call& call, const Token& token, std::string_view bucket, int amount, int most);
    World& world_;
};

} // namespace vitrina::sandbox
