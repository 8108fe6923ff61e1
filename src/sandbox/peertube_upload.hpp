#pragma once
#include "sandbox/network.hpp"

namespace vitrina::sandbox {

// uploadx as PeerTube runs it: like Google's resumable upload, with its own statuses.
class PeertubeUpload {
public:
    explicit PeertubeUpload(World& world) : world_(world) {}

    Response open(Call& call);
    Task<Response> put(Call& call);
    Response cancel(Call& call);

private:
    Upload require_upload(const Call& call, const Token& token) const;
    Task<Response> completed(Call& call, Upload& upload);

    World& world_;
};

// 1 → "public" … 5 → "password".
std::string peertube_privacy(std::int64_t number);

namespace peertube_scopes {
// PeerTube knows one kind of token for all that a user may do.
inline constexpr std::initializer_list<std::string_view> user{"user"};
} // namespace peertube_scopes

} // namespace vitrina::sandbox
