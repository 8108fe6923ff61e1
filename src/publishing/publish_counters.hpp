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

    // What a look at a published post can bring: missing is the first time that it is not there, gone the second.
    static constexpr std::array<std::string_view, 5> look_outcomes{"there", "changed", "missing", "gone", "unknown"};
    void count_look(std::string_view platform, std::string_view outcome)
    {
        if (const auto counter = looks.find({std::string(platform), std::string(outcome)}); counter != looks.end())
            ++counter->second;
    }

    // What can become of new words for a published post.
    static constexpr std::array<std::string_view, 2> edit_outcomes{"done", "failed"};
    void count_edit(std::string_view platform, std::string_view outcome)
    {
        if (const auto counter = edits.find({std::string(platform), std::string(outcome)}); counter != edits.end())
            ++counter->second;
    }

    // What can come of a request to a network.
    static constexpr std::array<std::string_view, 6> request_outcomes{"2xx", "3xx", "4xx", "5xx", "not_sent", "lost"};
    void count_request(std::string_view platform, std::string_view outcome, std::chrono::nanoseconds took)
    {
        if (const auto counter = requests.find({std::string(platform), std::string(outcome)});
            counter != requests.end())
            ++counter->second;
        if (const auto time = request_time.find(platform); time != request_time.end())
            time->second.add(took);
    }

    explicit PublishCounters(const Platforms& platforms)
    {
        for (const auto& platform : platforms) {
            lateness.try_emplace(std::string(platform->name()));
            request_time.try_emplace(std::string(platform->name()));
            for (const std::string_view outcome : look_outcomes)
                looks.try_emplace({std::string(platform->name()), std::string(outcome)}, 0);
            for (const std::string_view outcome : edit_outcomes)
                edits.try_emplace({std::string(platform->name()), std::string(outcome)}, 0);
            for (const std::string_view outcome : request_outcomes)
                requests.try_emplace({std::string(platform->name()), std::string(outcome)}, 0);
            for (const PublicationState outcome : outcomes)
                ended.try_emplace({std::string(platform->name()), outcome}, 0);
        }
    }

    // From when a publication was due until somebody took it up, by platform; none is added later.
    std::map<std::string, TimeSpent, std::less<>> lateness;
    // By platform, and by platform and outcome; none is added later.
    std::map<std::string, TimeSpent, std::less<>> request_time;
    std::map<std::pair<std::string, std::string>, std::atomic<std::uint64_t>> requests;
    // By platform and outcome; none is added later.
    std::map<std::pair<std::string, std::string>, std::atomic<std::uint64_t>> looks, edits;
    // By platform and state; none is added later.
    std::map<std::pair<std::string, PublicationState>, std::atomic<std::uint64_t>> ended;
    // Commits without an answer, by what the network showed when it was asked; undecided: a person has to look.
    std::atomic<std::uint64_t> found_posted = 0, found_absent = 0, found_rejected = 0, undecided = 0;
    // Publications of which the network showed more than one post. Has to stay 0.
    std::atomic<std::uint64_t> duplicates = 0;
};

} // namespace vitrina
