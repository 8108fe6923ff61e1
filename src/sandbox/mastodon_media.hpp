#pragma once
#include "sandbox/network.hpp"

namespace vitrina::sandbox {

struct Media {
    std::string id, account, type, description, sha256, failure;
    std::string status; // the one it is attached to
    std::uint64_t size = 0;
    Instant ready{};
};

// api/v2/media: 202, then 206 until it is processed, then 200 or 422.
class MastodonMedia {
public:
    explicit MastodonMedia(World& world);

    Task<Response> create(Call& call, const Token& token);
    Response show(const Call& call, const Token& token);
    Response remove(const Call& call, const Token& token);

    // The media that a status wants, unattached and processed; throws 422.
    std::vector<Media> require_ready(const Token& token, const std::vector<std::string>& ids);
    void attach(const std::vector<Media>& media, const std::string& status);
    boost::json::object json(const Media& media) const;
    std::vector<Media> of_status(const std::string& status) const;

private:
    std::optional<Media> find(std::string_view id) const;
    World& world_;
};

namespace mastodon_limits {
inline constexpr std::uint64_t video_bytes = 103'809'024;
inline constexpr std::size_t description = 1500, status = 500, attachments = 4, address = 23;
inline constexpr std::initializer_list<std::string_view> types{
    "image/jpeg", "image/png", "image/gif", "image/webp", "video/webm", "video/mp4", "video/quicktime", "video/ogg"};
} // namespace mastodon_limits

} // namespace vitrina::sandbox
