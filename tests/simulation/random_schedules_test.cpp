#include "simulation/simulated_world.hpp"
#include "simulation/tally.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <random>

// Publications by the dozen, with something going wrong again and again at moments that a seed chooses. How many:
// VITRINA_SIMULATIONS (for each network), beginning with the seed VITRINA_SIMULATION_SEED. What happened is appended to
// the file VITRINA_SIMULATION_REPORT, a line for each network.

using namespace vitrina;
using namespace vitrina::simulation;
using fake::Mishap;

namespace {

std::uint64_t number_from(const char* variable, std::uint64_t otherwise)
{
    const char* text = std::getenv(variable);
    return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

// What goes wrong in one world: often or seldom, everything or a few kinds.
class Misfortune {
public:
    explicit Misfortune(std::uint64_t seed) : dice_(seed)
    {
        constexpr std::array all{Mishap::not_sent,    Mishap::drop_before,  Mishap::drop_after,  Mishap::cut,
                                 Mishap::error_500,   Mishap::html_502,     Mishap::rate_429,    Mishap::blocked_403,
                                 Mishap::refused_500, Mishap::nonsense_200, Mishap::kill_before, Mishap::kill_after};
        std::ranges::copy_if(all, std::back_inserter(kinds_), [this](Mishap) { return dice_() % 2 == 0; });
        if (kinds_.empty())
            kinds_.push_back(Mishap::kill_after);
        one_in_ = 3 + dice_() % 20;
    }

    // A "blocked" or a page in place of an answer is only an answer where the network would give none of that shape:
    // in answer to a reading it is what the network says, and nobody could tell.
    Mishap next(const Send& send)
    {
        if (dice_() % one_in_ != 0)
            return Mishap::none;
        const Mishap mishap = kinds_[dice_() % kinds_.size()];
        const bool lies = mishap == Mishap::blocked_403 || mishap == Mishap::nonsense_200;
        return lies && send.purpose != Send::Purpose::commit ? Mishap::drop_before : mishap;
    }

private:
    std::mt19937_64 dice_;
    std::vector<Mishap> kinds_;
    std::uint64_t one_in_ = 10;
};

void one_world(const SimulatedNetwork& network, std::uint64_t seed, std::uint64_t count, Tally& tally)
{
    SimulatedWorld world(network);
    world.connect_account();
    Misfortune misfortune(seed);
    world.internet.plan = [&](int, const Send& send) {
        const Mishap mishap = misfortune.next(send);
        tally.note(mishap);
        return mishap;
    };
    std::vector<std::pair<std::string, Publication>> all;
    for (std::uint64_t i = 0; i < count; ++i) {
        const std::string title = "Film " + std::to_string(seed) + "." + std::to_string(i) + ".";
        all.emplace_back(title, world.publish_one(title));
    }
    world.settle_all();
    for (const auto& [title, publication] : all) {
        CAPTURE(title);
        const Verdict verdict = judge(world, publication, title);
        CHECK(verdict.wrong == "");
        ++tally.publications;
        tally.published += verdict.state == PublicationState::published;
        tally.left_to_a_person += verdict.state == PublicationState::outcome_unknown;
        tally.twice += verdict.fault == Verdict::Fault::twice;
        tally.lost += verdict.fault == Verdict::Fault::lost;
        tally.wrongly_published += verdict.fault == Verdict::Fault::wrongly_published;
    }
    tally.exchanges += std::uint64_t(world.internet.exchanges);
}

} // namespace

TEST_CASE("whatever goes wrong in whatever order: nothing is posted twice, lost, or wrongly called published")
{
    constexpr std::uint64_t in_one_world = 12;
    const std::uint64_t wanted = number_from("VITRINA_SIMULATIONS", 48);
    const std::uint64_t first_seed = number_from("VITRINA_SIMULATION_SEED", 1);
    std::ofstream report;
    if (const char* path = std::getenv("VITRINA_SIMULATION_REPORT"))
        report.open(path, std::ios::app);
    for (const SimulatedNetwork& network : simulated_networks()) {
        CAPTURE(network.name);
        Tally tally;
        tally.first_seed = first_seed;
        for (std::uint64_t seed = first_seed; tally.publications < wanted; ++seed) {
            CAPTURE(seed);
            one_world(network, seed, in_one_world, tally);
            tally.last_seed = seed;
        }
        MESSAGE(to_json(network.name, tally));
        if (report.is_open())
            report << to_json(network.name, tally) << std::endl;
    }
    CHECK(!report.bad());
}
