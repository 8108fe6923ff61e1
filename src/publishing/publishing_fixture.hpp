#pragma once
#include "publishing/fake_networks.hpp"
#include "publishing/platforms/mastodon.hpp"
#include "publishing/platforms/youtube.hpp"
#include "publishing/publishing_rig.hpp"

namespace vitrina {

// What has to be there before the rest.
struct FakeInternet {
    ManualClock manual_clock;
    fake::Internet internet{manual_clock};
};

// The room with fake networks.
struct PublishingWorld : FakeInternet, PublishingRig {
    static constexpr std::uint64_t chunk = 256 * 1024;

    explicit PublishingWorld(Networks of = Networks::real) : PublishingRig(manual_clock, internet, make_all(), of) {}

    std::string bytes = make_bytes(3 * chunk - 1000);

    static Platforms make_all()
    {
        Platforms all;
        all.push_back(make_youtube({.chunk = chunk}));
        all.push_back(make_mastodon());
        return all;
    }

    NewAccount new_account(const std::string& platform) const
    {
        NewAccount account;
        account.platform = platform;
        if (platform == "youtube") {
            account.tokens.client_id = "client";
            account.tokens.client_secret = Secret("client-secret");
            account.tokens.refresh_token = Secret("refresh-1");
        } else {
            account.base_url = "https://mastodon.example";
            account.tokens.access_token = Secret("mastodon-token");
        }
        return account;
    }
    using PublishingRig::connect;
    Account connect(const std::string& platform) { return connect(new_account(platform)); }

    Video given_video(const std::string& title = "Cats", const std::string& description = "Two of them")
    {
        return add_video(bytes, title, description);
    }

    const std::vector<fake::Post>& posts(const std::string& platform) const
    {
        return platform == "youtube" ? internet.youtube.posts : internet.mastodon.posts;
    }
};

} // namespace vitrina
