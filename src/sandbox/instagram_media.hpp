#pragma once
#include "sandbox/network.hpp"

namespace vitrina::sandbox {

// Containers and what is published of them. Publishing one twice makes two posts: nobody may rely on less.
class InstagramMedia {
public:
    explicit InstagramMedia(World& world);

    Response open(Call& call);
    Task<Response> put(Call& call);
    Response publish(Call& call);
    Response limit(Call& call) const;
    Response list(Call& call) const;
    // A container, a post, or the account itself.
    Response show(Call& call) const;
    Response remove(Call& call);
    Response page(Call& call) const;

private:
    struct Container {
        std::string id, account, caption, sha256, failure, media;
        Instant opened{}, ready{}; // ready {}: its bytes are not there yet
    };
    std::optional<Container> find(std::string_view id) const;
    std::string state_of(const Container& container) const;
    boost::json::object container_json(const Container& container) const;
    static boost::json::object post_json(const Post& post);
    std::int64_t posts_of_a_day(const Account& account) const;

    World& world_;
};

} // namespace vitrina::sandbox
