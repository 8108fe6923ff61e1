#pragma once
#include "sandbox/network.hpp"
#include "sandbox/rate_window.hpp"

namespace vitrina::sandbox {

// A video on its way into a post.
struct XMedium {
    std::string id, account, category, sha256;
    std::string failure; // why its processing will fail
    std::string post;    // that shows it
    std::uint64_t size = 0;
    Instant ready{}, forgotten{};
    bool closed = false; // finalize has been called
};

// 2/media/upload: opened, sent piece by piece, closed, and then processed.
class XMedia {
public:
    explicit XMedia(World& world);

    Response initialize(Call& call, const Account& account);
    Task<Response> append(Call& call, Account account);
    Task<Response> finalize(Call& call, Account account);
    Response status(Call& call, const Account& account);

    // The medium that a post wants: the account's own, processed, in no post yet. Throws 400.
    XMedium require_ready(const Account& account, const std::string& id) const;
    void attach(const XMedium& medium, const std::string& post);

private:
    std::optional<XMedium> find(std::string_view id) const;
    XMedium require_open(const Call& call, const Account& account) const;
    boost::json::object json(const XMedium& medium) const;

    World& world_;
    RateWindow uploads_{1875, std::chrono::minutes{15}}, looks_{1000, std::chrono::minutes{15}};
};

namespace x_limits {
inline constexpr std::uint64_t video_bytes = 512 << 20;
inline constexpr std::uint64_t piece_bytes = 4 << 20; // more gets the edge's 413
inline constexpr std::size_t pieces = 1000, text = 280;
} // namespace x_limits

} // namespace vitrina::sandbox
