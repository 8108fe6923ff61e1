#pragma once
#include "sandbox/tiktok_limits.hpp"

namespace vitrina::sandbox {

// init at the API's host, the bytes at the upload host, whose address is the only key. The last byte makes the post.
class TiktokUpload {
public:
    TiktokUpload(World& world, TiktokLimits& limits);

    Response creator_info(Call& call);
    Response init(Call& call);
    Response init_inbox(Call& call);
    Task<Response> put(Call& call);

private:
    Account account_of(const Token& token) const { return world_.accounts.find("tiktok", token.account).value(); }
    void require_creator_info(const Account& account);
    Response open(const Call& call, const Account& account, boost::json::object body, std::string_view prefix);
    Upload require_upload(const Call& call) const;
    Task<> complete(Call& call, Upload& upload);

    World& world_;
    TiktokLimits& limits_;
};

} // namespace vitrina::sandbox
