#pragma once
#include "sandbox/linkedin_video.hpp"

namespace vitrina::sandbox {

// rest/posts: what people see. A member's posts can be made and deleted, and not read.
class LinkedinPosts {
public:
    LinkedinPosts(World& world, LinkedinVideos& videos) : world_(world), videos_(videos) {}

    Response create(Call& call, const Account& account);
    Response update(Call& call, const Account& account);
    Response remove(Call& call, const Account& account);
    Response list(Call& call, const Account& account) const;
    Response show(Call& call, const Account& account) const;
    Response page(Call& call) const;

private:
    void check_limits(const Call& call, const Account& account) const;
    boost::json::object post_json(const Post& post) const;

    World& world_;
    LinkedinVideos& videos_;
};

} // namespace vitrina::sandbox
