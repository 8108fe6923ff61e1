#pragma once
#include "access/media_urls.hpp"
#include "core/video.hpp"
#include "http/request.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace vitrina {

// The absolute URLs under which a video's files are served. They stay the same as long as the video exists; where
// access is closed they carry its signature, because a player cannot send a token.
class VideoUrls {
public:
    // Without a signer access is open.
    VideoUrls(std::string base_url, std::shared_ptr<const MediaSigner> signer)
        : base_url_(std::move(base_url)), signer_(std::move(signer))
    {
    }

    std::string source(const Video& video) const;
    // "" until there is a picture.
    std::string thumbnail(const Video& video) const;
    std::string small_thumbnail(const Video& video) const;

    const std::string& base_url() const { return base_url_; }

private:
    std::string file(const Video& video, std::string_view name) const;

    std::string base_url_;
    std::shared_ptr<const MediaSigner> signer_;
};

// Makes them for each request, in the way this server's access rule asks for.
class VideoUrlMaker {
public:
    // Null where access is open.
    // `media_url`: what the addresses begin with, such as a cache that asks this server; "": with what the client used.
    explicit VideoUrlMaker(MediaUrls* signed_urls, std::string media_url = "")
        : signed_(signed_urls), media_url_(std::move(media_url))
    {
    }
    Task<VideoUrls> make(const Request& request) const;
    bool is_open() const { return signed_ == nullptr; }
    // The links given out so far stop working, where links are signed; answers have new ones from then on.
    Task<> revoke(VideoId video) const;

private:
    MediaUrls* signed_;
    std::string media_url_;
};

// The name under /files/{id}/ of the original: "original.mp4", with the extension its object has.
std::string source_name(const Video& video);
inline constexpr std::string_view thumbnail_name = "thumbnail.jpg";
inline constexpr std::string_view small_thumbnail_name = "thumbnail-small.jpg";

} // namespace vitrina
