#pragma once
#include "core/publication.hpp"
#include "core/time_spent.hpp"
#include "publishing/platform.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

namespace vitrina {

// Seen by the metrics; of this process.
struct PublishCounters {
    // How a run can leave a publication so that no worker will move it on.
    static constexpr std::array outcomes{PublicationState::published, PublicationState::failed,
                                         PublicationState::outcome_unknown, PublicationState::needs_reauth,
                                         PublicationState::needs_user_action};

    explicit PublishCounters(const Platforms& platforms)
    {
        for (const auto& platform : platforms) {
            lateness.try_emplace(std::string(platform->name()));
            for (const PublicationState outcome : outcomes)
                ended.try_emplace({std::string(platform->name()), outcome}, 0);
        }
    }

    // From when a publication was due until somebody took it up, by platform; none is added later.
    std::map<std::string, TimeSpent, std::less<>> lateness;
    // By platform and state; none is added later.
    std::map<std::pair<std::string, PublicationState>, std::atomic<std::uint64_t>> ended;
    // Commits without an answer, by what the network showed when it was asked; undecided: a person has to look.
    std::atomic<std::uint64_t> found_posted = 0, found_absent = 0, found_rejected = 0, undecided = 0;
    // Publications of which the network showed more than one post. Has to stay 0.
    std::atomic<std::uint64_t> duplicates = 0;
};

} // namespace vitrina
