#pragma once
#include "api/access.hpp"
#include "api/cors.hpp"
#include "api/metrics.hpp"
#include "api/rate_limiter.hpp"
#include "http/hooks.hpp"

namespace vitrina {

// What every request goes through, whatever it is for: access, rate limits, error bodies, CORS, security headers, the
// access log and the metrics. What it takes must outlive the server.
Hooks make_hooks(AccessControl& access, RateLimiter& limiter, const Cors& cors, Metrics& metrics);

} // namespace vitrina
