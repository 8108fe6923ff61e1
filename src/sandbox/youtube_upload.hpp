#pragma once
#include "sandbox/youtube_quota.hpp"

namespace vitrina::sandbox {

// Google's resumable upload: open, put, probe. The last byte makes the video.
class YoutubeUpload {
public:
    YoutubeUpload(World& world, YoutubeQuota& quota) : world_(world), quota_(quota) {}

    Response open(Call& call);
    Task<Response> put(Call& call);

private:
    Upload require_session(const Call& call) const;
    Task<Response> take_bytes(Call& call, Upload& upload);
    Task<Response> completed(Call& call, Upload& upload);
    Response video_answer(int status, const Upload& upload, const Post& video) const;

    World& world_;
    YoutubeQuota& quota_;
};

} // namespace vitrina::sandbox
