#pragma once
#include "publishing/mishap.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace vitrina::simulation {

// What happened in the simulated publications of one network.
struct Tally {
    std::uint64_t publications = 0;
    std::uint64_t published = 0;
    std::uint64_t left_to_a_person = 0; // outcome_unknown, which is right where a network cannot prove anything
    std::uint64_t twice = 0;
    std::uint64_t lost = 0; // ended in any other state
    std::uint64_t wrongly_published = 0;
    std::uint64_t exchanges = 0;
    std::uint64_t first_seed = 0, last_seed = 0;
    std::map<fake::Mishap, std::uint64_t> mishaps;

    void note(fake::Mishap mishap);
    [[nodiscard]] std::uint64_t killed() const;
    [[nodiscard]] std::uint64_t disturbed() const; // exchanges, killed ones among them
};

// One JSON object, for whoever collects them.
std::string to_json(std::string_view network, const Tally& tally);

} // namespace vitrina::simulation
