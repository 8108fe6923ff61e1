#pragma once
#include "api/metric.hpp"
#include "http/hooks.hpp"
#include "http/route.hpp"

#include <array>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace vitrina {

// Prometheus metrics. Requests are counted by route pattern, method and class of status: never by id, user or URL,
// so the number of series is bounded by the number of routes.
class Metrics {
public:
    void count(const Exchange& exchange);
    // Asked at each scrape; one that throws is left out of it. Before the server starts.
    void add(MetricSource source) { sources_.push_back(std::move(source)); }

    // GET /metrics.
    std::vector<Route> routes();

private:
    static constexpr std::array<double, 7> bounds{0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10}; // seconds

    struct Series {
        std::array<std::uint64_t, bounds.size() + 1> buckets{};
        double sum = 0;
        std::uint64_t bytes_in = 0, bytes_out = 0;
    };
    using Key = std::tuple<std::string, Method, int>; // pattern, method, class of status

    Task<Response> show(const Request& request);
    std::string requests_text() const;

    std::vector<MetricSource> sources_;
    mutable std::mutex mutex_; // of what follows
    std::map<Key, Series> series_;
};

// This process: memory, CPU, descriptors, start, build.
Task<std::vector<Metric>> process_metrics();

} // namespace vitrina
