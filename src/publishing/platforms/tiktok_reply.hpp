#pragma once
#include "core/secret.hpp"
#include "core/step.hpp"
#include "publishing/platforms/reply_json.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vitrina {

// What TikTok's answers say.

// {"data":{…},"error":{"code":"ok","message":"","log_id":"…"}}: whatever the status, only "ok" is a success. "" when
// it is no answer of the API.
std::string tiktok_code(const HttpReply& reply);
bool is_tiktok_ok(const HttpReply& reply);

// What an answer that is not "ok" means for whoever asked: Reconnect, Refused or Wait (quota, rate_limited, transient).
Step tiktok_trouble(const HttpReply& reply, Instant now);

// Of creator_info: what this account may do just now. Empty members where TikTok does not say.
struct TiktokCreator {
    std::string username; // "" also when it could not stand in an address
    std::vector<std::string> privacy_levels;
    bool comment_disabled = false, duet_disabled = false, stitch_disabled = false;
    std::chrono::seconds longest{};
};
TiktokCreator tiktok_creator(const HttpReply& reply);

// Of init.
struct TiktokTask {
    std::string publish_id;
    std::string upload_url; // authorises by itself
};
std::optional<TiktokTask> tiktok_task(const HttpReply& reply);

// Of status/fetch.
struct TiktokStatus {
    std::string status, fail_reason;
    std::string post; // its number; "" while there is none
    std::optional<std::uint64_t> uploaded; // bytes
};
TiktokStatus tiktok_status(const HttpReply& reply);

// Of a piece's answer, from "Content-Range: bytes 0-N/TOTAL". Nothing when it is something else.
std::optional<std::uint64_t> tiktok_stored(const HttpReply& reply, std::uint64_t total);

// Of the token endpoint.
struct TiktokTokens {
    Secret access, refresh;
    std::string open_id;
    std::string scopes; // separated by commas
    std::optional<std::chrono::seconds> expires_in, refresh_expires_in;
};
std::optional<TiktokTokens> tiktok_tokens(const HttpReply& reply);

} // namespace vitrina
