#pragma once
#include "core/clock.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

namespace vitrina::sandbox {

struct SandboxOptions {
    std::filesystem::path data = "./data/sandbox"; // ledger, unfinished uploads, ca.pem
    std::string listen = "127.0.0.1:5443";         // TLS: every network, told apart by the Host header
    std::string page = "127.0.0.1:5080";           // plain HTTP: what was posted, accounts, faults, the clock
    std::uint64_t keep_bytes_up_to = 256 << 20;    // larger videos are hashed and then forgotten
    std::chrono::seconds processing{3};            // how long a network "transcodes" a video
    std::string seed;                              // ids and tokens follow from it; "" takes a random one once
    const Clock* clock = nullptr;                  // nullptr: the system's; the control API can move it ahead
};

// The stand-in networks: one TLS server that speaks as YouTube, Mastodon and PeerTube do, strictly, and a plain page
// with the ledger of what was posted. Everything lives in options.data and survives a kill.
class Sandbox {
public:
    // Opens the ledger, makes the certificates on first start and binds both ports (port 0: an ephemeral one).
    // Throws when the data directory or a port cannot be had.
    explicit Sandbox(SandboxOptions options);
    ~Sandbox();
    Sandbox(const Sandbox&) = delete;
    Sandbox& operator=(const Sandbox&) = delete;

    std::uint16_t tls_port() const;
    std::uint16_t page_port() const;
    std::filesystem::path ca_file() const; // <data>/ca.pem
    // For VITRINA_CONNECT_TO: "www.googleapis.com:443:127.0.0.1:5443,…", every host of every network.
    std::string connect_to() const;

    // Serves from a thread of its own until stop().
    void start();
    // Answers what is in flight, then ends the thread. Not from that thread.
    void stop();

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

// `vitrina sandbox`: prints how to use it, serves until SIGINT or SIGTERM, gives the exit code.
int run_sandbox(SandboxOptions options);

} // namespace vitrina::sandbox
