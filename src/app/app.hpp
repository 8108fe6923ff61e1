#pragma once
#include "access/access_rule.hpp"
#include "app/roles.hpp"
#include "core/settings.hpp"

#include <chrono>
#include <memory>

namespace vitrina {

// The running server: every part, built and connected for the roles of this process.
class App {
public:
    // Opens the engines and listens. Blocks; throws with a sentence for the operator when something is in the way.
    explicit App(const Settings& settings);
    // Only before start(): a server that ran ends with its process.
    ~App();
    App(const App&) = delete;
    App& operator=(const App&) = delete;

    // Starts to serve and to work.
    void start();
    // Takes nothing new, lets requests and jobs in flight end, at most for `budget`; hands back the leases of the rest.
    void drain(std::chrono::milliseconds budget);

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

// `vitrina serve`: runs until SIGTERM or SIGINT, drains and ends the process; 0 when all went well.
int serve(const Settings& settings);

} // namespace vitrina
