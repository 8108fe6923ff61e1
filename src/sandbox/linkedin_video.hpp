#pragma once
#include "sandbox/network.hpp"

namespace vitrina::sandbox {

// A video on its way into a post.
struct LinkedinVideo {
    std::string id; // the upload's; its URN is urn:li:video:ID
    std::string owner, sha256, failure;
    std::uint64_t size = 0;
    Instant ready{}; // {}: not closed yet
};

// rest/videos: opened, its parts put to another host, closed, and then processed.
class LinkedinVideos {
public:
    explicit LinkedinVideos(World& world);

    Response open(Call& call, const Account& account);
    Task<Response> put(Call& call);
    Task<Response> close(Call& call, Account account);
    Response show(Call& call, const Account& account) const;

    std::optional<LinkedinVideo> find(std::string_view urn) const;
    void attach(const LinkedinVideo& video, const std::string& post);

private:
    World& world_;
};

} // namespace vitrina::sandbox
