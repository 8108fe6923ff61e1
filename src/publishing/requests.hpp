#pragma once
#include "core/result.hpp"
#include "core/video.hpp"
#include "publishing/accounts.hpp"
#include "publishing/publications.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vitrina {

// Where a video is to go: an account, or the connected one of a platform.
struct PublishTarget {
    std::optional<AccountId> account;
    std::string platform; // where no account is named
    std::string options = "{}"; // JSON, the platform's own
    std::optional<Schedule> schedule{}; // none: at once
};

// From what somebody asks for (platforms, or an account) to publications: which account, whether it is connected,
// whether the network would take this video. Nothing is queued unless all of it can be.
class PublishRequests {
public:
    PublishRequests(Accounts& accounts, Publications& publications, const Platforms& platforms);

    // One account for each platform: the one that has the video already or is about to, else the first connected,
    // of those that belong to the networks this process talks to.
    // invalid (VT-PUB-006) for an unknown platform, conflict (VT-PUB-007) where no account is connected,
    // unprocessable (VT-PUB-008) where the network would not take the video.
    Task<Result<std::vector<Publication>>> to_platforms(const Video& video, std::vector<std::string> platforms,
                                                        std::string options = "{}");
    Task<Result<std::vector<Publication>>> to_account(const Video& video, AccountId account,
                                                      std::string options = "{}");

    // What would be published, or why not, of each target in their order: nothing is queued yet
    // (Publications::request).
    Task<std::vector<Result<Publications::Wanted>>> resolve(const Video& video, std::vector<PublishTarget> targets);

private:
    Task<Result<Publications::Wanted>> resolve_one(const Video& video, PublishTarget target);
    Task<Result<Publications::Wanted>> on_account(const Video& video, AccountId account, std::string options);
    Task<Result<Publications::Wanted>> choose(const Video& video, const Platform& platform, std::string options);

    Accounts& accounts_;
    Publications& publications_;
    const Platforms& platforms_;
};

// What the network would not take (VT-PUB-008); nothing when it would, as far as can be told from here.
std::optional<Fault> broken_limits(const Platform& platform, const Video& video, const std::string& options);

// "youtube, mastodon"
std::string platform_names(const Platforms& platforms);

} // namespace vitrina
