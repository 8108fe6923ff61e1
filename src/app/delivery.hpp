#pragma once
#include "core/settings.hpp"

#include <chrono>
#include <string>

namespace vitrina {

// How players get at stored files, as the settings say it. Throws Unavailable with a sentence for the operator.
struct Delivery {
    explicit Delivery(const Settings& settings);

    bool redirects = false; // players are sent on to the S3 store
    std::chrono::seconds link_lifetime;
    std::string answers_with; // what the addresses of files in answers begin with; "": with what the client used
    std::string links_at;     // where players find the S3 store; "": where we do
};

} // namespace vitrina
