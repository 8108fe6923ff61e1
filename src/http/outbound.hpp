#pragma once
#include "http/destinations.hpp"
#include "http/response.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace vitrina {

// What is sent as the body: `before`, then `length` bytes of `source` from `offset`, then `after`. The length is always
// announced; nothing is ever sent chunked. The source is read again from the right place when a transfer starts anew.
struct OutboundBody {
    std::string before;
    ContentSource* source = nullptr; // lives as long as the call
    std::uint64_t offset = 0, length = 0;
    std::string after;
    std::uint64_t size() const { return before.size() + length + after.size(); }
};

// Which addresses a request may reach.
enum class Reach {
    public_https, // a name somebody gave us: https, and only public addresses, checked after resolution
    operator_named, // the operator configured this very address (S3 endpoint, our own server): http and private too
};

// Whether it does harm when the network layer sends the same request twice. Only then may a kept connection be used:
// one that turns out dead is replaced and the request sent anew, which nobody here would notice.
enum class Repeat { by_method, harmless, never }; // by_method: GET and HEAD are harmless

struct OutboundRequest {
    Method method = Method::get;
    std::string url; // never logged: it may authorise by itself
    Headers headers;
    OutboundBody body;
    Reach reach = Reach::public_https;
    Repeat repeat = Repeat::by_method;
    // From the last byte sent to the end of the answer.
    std::chrono::seconds answer_within{120};
    // While bytes move either way: fewer than 1 KiB/s for this long ends it. There is no total limit.
    std::chrono::seconds stalled_after{60};
    std::size_t largest_answer = 1024 * 1024;
    // Instead of collecting the answer's body: called with each piece of a 2xx answer, on the caller's loop.
    std::function<void(std::string_view)> sink;
    // Called about once a second and at the end of the body, on the caller's loop: bytes of the body that left.
    std::function<void(std::uint64_t sent)> progress;
};

struct OutboundReply {
    int status = 0;
    Headers headers;
    std::string body;
};

// No complete answer came.
struct OutboundFailure {
    enum class Sent {
        no, // certainly not: no address, no connection, no TLS session, or refused by our own rules
        unknown, // at least one byte left; the other side may have acted on it
    };
    Sent sent = Sent::unknown;
    std::string reason; // for a person: names the host, never the path or a header
    bool blocked = false; // our own rules refused it: not https, or not a public address
};

using OutboundResult = std::variant<OutboundReply, OutboundFailure>;

struct OutboundOptions {
    // As curl's --connect-to: "host:port:addr:port" each. Their targets may be private: the operator named them. With
    // any, what people name and no entry speaks of is refused: what goes to stand-ins must not half go to real ones.
    std::vector<std::string> connect_to;
    std::string ca_file; // trusted beside the system's authorities; "" for none
    std::vector<std::string> private_hosts; // names that people may give although they are in this network
    bool all_private_hosts = false; // any such name
    std::string user_agent = "vitrina/" VITRINA_VERSION;
    std::chrono::seconds connect_within{10};
};

// Seen by the metrics.
struct OutboundCounters {
    std::atomic<std::uint64_t> blocked = 0; // requests our own rules refused: not https, or not a public address
    std::atomic<std::uint64_t> spared = 0; // those whose host had not answered for long
};

// The only place that opens connections to other machines. Follows no redirect, keeps connections to a destination
// for reuse (per loop), asks for unencoded answers, sends no Expect. Usable from every loop at once. What people name
// is asked so many things at once, and left alone for a while when it never answers (Destinations).
class Outbound {
public:
    explicit Outbound(OutboundOptions options);

    // What the source throws comes through; everything else is a value.
    Task<OutboundResult> send(OutboundRequest request);

    // Why our own rules would refuse any request to that URL, as far as can be told without looking the host up.
    std::optional<std::string> refusal(const std::string& url) const;

    // The same on a loop of its own, for the command line.
    OutboundResult fetch(OutboundRequest request);

    const OutboundCounters& counters() const { return counters_; }
    // Hosts that are left alone just now, because they do not answer.
    std::size_t shut_destinations() const { return destinations_.shut(std::chrono::steady_clock::now()); }

private:
    Task<OutboundResult> carry(OutboundRequest request, Destinations::Outcome& outcome);

    OutboundOptions options_;
    OutboundCounters counters_;
    Destinations destinations_;
};

} // namespace vitrina
