#include "api/video_urls.hpp"

namespace vitrina {

namespace {

// ".mp4" of "videos/0190…/k3f9….mp4"; "" when the name has none.
std::string_view extension_of(std::string_view key)
{
    const std::string_view name = key.substr(key.rfind('/') + 1);
    const std::size_t dot = name.rfind('.');
    return dot == std::string_view::npos ? std::string_view{} : name.substr(dot);
}

} // namespace

std::string source_name(const Video& video)
{
    return "original" + std::string(extension_of(video.source_key));
}

std::string VideoUrls::file(const Video& video, std::string_view name) const
{
    std::string url = base_url_;
    url += "/files/";
    url += video.id.text();
    url += '/';
    url += name;
    if (signer_) {
        url += "?s=";
        url += signer_->sign(video.id);
    }
    return url;
}

std::string VideoUrls::source(const Video& video) const
{
    return file(video, source_name(video));
}

std::string VideoUrls::thumbnail(const Video& video) const
{
    return video.thumbnail_key.empty() ? std::string() : file(video, thumbnail_name);
}

std::string VideoUrls::small_thumbnail(const Video& video) const
{
    return video.small_thumbnail_key.empty() ? std::string() : file(video, small_thumbnail_name);
}

Task<VideoUrls> VideoUrlMaker::make(const Request& request) const
{
    std::shared_ptr<const MediaSigner> signer;
    if (signed_)
        signer = co_await signed_->signer();
    co_return VideoUrls(media_url_.empty() ? request.base_url : media_url_, std::move(signer));
}

Task<> VideoUrlMaker::revoke(VideoId video) const
{
    if (signed_)
        co_await signed_->revoke(video);
}

} // namespace vitrina
