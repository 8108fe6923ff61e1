#include "simulation/tally.hpp"

#include <boost/json.hpp>

namespace vitrina::simulation {
namespace {

std::string_view name(fake::Mishap mishap)
{
    using enum fake::Mishap;
    switch (mishap) {
    case none: break;
    case not_sent: return "no connection";
    case drop_before: return "the request is lost";
    case drop_after: return "accepted, and the answer is lost";
    case cut: return "half of the body arrives";
    case error_500: return "accepted, and 500 is answered";
    case html_502: return "accepted, and a gateway's page is answered";
    case rate_429: return "429";
    case blocked_403: return "a firewall's page";
    case nonsense_200: return "accepted, and something else is answered";
    case refused_500: return "not accepted, and 500 is answered";
    case kill_before: return "killed before the exchange";
    case kill_after: return "killed before the answer is saved";
    }
    return "";
}

} // namespace

void Tally::note(fake::Mishap mishap)
{
    if (mishap != fake::Mishap::none)
        ++mishaps[mishap];
}

std::uint64_t Tally::killed() const
{
    std::uint64_t killed = 0;
    for (const auto mishap : {fake::Mishap::kill_before, fake::Mishap::kill_after})
        if (const auto found = mishaps.find(mishap); found != mishaps.end())
            killed += found->second;
    return killed;
}

std::uint64_t Tally::disturbed() const
{
    std::uint64_t disturbed = 0;
    for (const auto& [mishap, times] : mishaps)
        disturbed += times;
    return disturbed;
}

std::string to_json(std::string_view network, const Tally& tally)
{
    boost::json::object mishaps;
    for (const auto& [mishap, times] : tally.mishaps)
        mishaps[name(mishap)] = times;
    return boost::json::serialize(boost::json::object{{"network", network},
                                                      {"publications", tally.publications},
                                                      {"published", tally.published},
                                                      {"left_to_a_person", tally.left_to_a_person},
                                                      {"twice", tally.twice},
                                                      {"lost", tally.lost},
                                                      {"wrongly_published", tally.wrongly_published},
                                                      {"exchanges", tally.exchanges},
                                                      {"killed", tally.killed()},
                                                      {"first_seed", tally.first_seed},
                                                      {"last_seed", tally.last_seed},
                                                      {"mishaps", std::move(mishaps)}});
}

} // namespace vitrina::simulation
