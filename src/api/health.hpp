#pragma once
#include "core/clock.hpp"
#include "db/database.hpp"
#include "http/route.hpp"
#include "storage/object_store.hpp"

#include <atomic>
#include <optional>
#include <string>
#include <vector>

namespace vitrina {

// /health for existing clients (docs/compatibility.md), /livez and /readyz for whoever restarts and routes.
class Health {
public:
    Health(Database& database, ObjectStore& store, const Clock& clock) : db_(database), store_(store), clock_(clock) {}

    std::vector<Route> routes();
    // From now on /readyz says no: nothing new should be sent here. Any thread.
    void start_draining() { draining_ = true; }

private:
    Task<Response> health(const Request& request);
    Task<Response> live(const Request& request);
    Task<Response> ready(const Request& request);

    // What is wrong, for an operator; nothing when all is well.
    Task<std::optional<std::string>> database_trouble();
    std::vector<std::string> degradations();

    Database& db_;
    ObjectStore& store_;
    const Clock& clock_;
    std::atomic<bool> draining_ = false;
};

} // namespace vitrina
