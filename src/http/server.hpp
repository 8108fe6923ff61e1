#pragma once
#include "core/event_loops.hpp"
#include "http/hooks.hpp"
#include "http/limits.hpp"
#include "http/router.hpp"
#include "http/trusted_proxies.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace vitrina {

// PEM files; the certificate file may hold the chain.
struct TlsFiles {
    std::string certificate;
    std::string key;
};

struct ServerOptions {
    std::string address = "127.0.0.1"; // IPv4 or IPv6; "::" also takes IPv4
    std::uint16_t port = 0;            // 0: any free one, see Server::port()
    std::optional<TlsFiles> tls;
    std::string public_url; // VITRINA_PUBLIC_URL: Request::base_url when set
    TrustedProxies proxies = TrustedProxies::loopback();
    Limits limits;
};

struct ServerCounters {
    std::uint64_t connections = 0; // open now
    std::uint64_t idle = 0;        // of those, waiting for a request
    std::uint64_t in_flight = 0;   // requests in handlers now
    std::uint64_t accepted = 0;    // connections since the start
    std::uint64_t requests = 0;    // since the start
};

// An HTTP/1.1 server: listens on every loop (SO_REUSEPORT) and answers what the router knows.
class Server {
public:
    // Listens when it returns; throws std::system_error (address in use, …) or std::runtime_error (certificate).
    // The loops may be started before or after; they must outlive the server.
    Server(EventLoops& loops, Router router, Hooks hooks, ServerOptions options);
    // drain(0) unless drained before.
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    std::uint16_t port() const;
    ServerCounters counters() const;

    // Takes no more connections, closes idle ones, answers what is in flight with "Connection: close"; what is not
    // done after `budget` is cut off: its handler sees Disconnected. Blocks the calling thread (not a loop's)
    // until the last connection is gone. True when nothing had to be cut off.
    bool drain(std::chrono::milliseconds budget);

private:
    struct Inside;
    std::unique_ptr<Inside> inside_;
};

} // namespace vitrina
