#pragma once
#include <chrono>
#include <cstddef>

namespace vitrina {

// How much a client may ask of the server and how long it may take. No limit on the whole time of a body:
// a slow line may upload for a day, as long as it keeps moving.
struct Limits {
    std::size_t header_bytes = 16 * 1024; // request line and fields together
    std::size_t header_count = 100;
    std::size_t target_bytes = 8 * 1024;
    std::size_t buffered_body = 256 * 1024; // where the route does not say otherwise

    std::chrono::milliseconds header_time{15'000}; // for the whole head, so that dripping bytes does not help
    std::chrono::milliseconds keep_alive{75'000};  // between two requests
    std::chrono::milliseconds body_idle{30'000};   // without a byte of the body
    std::chrono::milliseconds rate_window{30'000}; // the body must bring minimum_rate bytes a second on average…
    std::size_t minimum_rate = 1024;               // …in each window; 0: any rate
    std::chrono::milliseconds write_idle{60'000};  // without the client taking a byte of the answer
    std::chrono::milliseconds linger{5'000};       // to read an answer that came before the body was sent

    std::size_t connections = 16'384; // over all loops; one more is answered 503
    std::size_t requests = 4'096;     // in handlers at the same time; one more is answered 503

    std::chrono::milliseconds sweep{1'000}; // how often the times above are looked at
};

} // namespace vitrina
