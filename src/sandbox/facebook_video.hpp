#pragma once
#include "sandbox/network.hpp"

namespace vitrina::sandbox {

// A page's videos and reels: opened, filled, finished, processed, shown. Finishing one twice makes two posts: what the
// real one does then is not written anywhere, so nobody may rely on it.
class FacebookVideos {
public:
    explicit FacebookVideos(World& world) : world_(world) {}

    // POST /{page}/videos: start, transfer and finish.
    Task<Response> videos(Call& call);
    // POST /{page}/video_reels: start and finish.
    Response reels(Call& call);
    // A reel's bytes.
    Task<Response> put(Call& call);

    Response show(Call& call) const;
    Response remove(Call& call);
    Response list(Call& call) const;
    Response update(Call& call);
    Task<Response> set_thumbnail(Call& call);
    Response page(Call& call) const;

private:
    Account require_page(const Call& call) const;
    Upload require_upload(const Call& call, const std::string& id, const Account& account) const;
    Upload open(const Account& account, bool reel, std::uint64_t size);
    Task<Response> transfer(Call& call, const Account& account);
    void finish(Call& call, Upload upload, const std::string& title, const std::string& description);
    boost::json::object status_of(const Upload& upload) const;
    std::optional<Upload> find_session(const std::string& session) const;

    World& world_;
};

} // namespace vitrina::sandbox
