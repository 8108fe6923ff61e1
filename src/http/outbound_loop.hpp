#pragma once
#include "core/task.hpp"

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/asio/wait_traits.hpp>
#include <chrono>
#include <curl/curl.h>
#include <memory>
#include <optional>
#include <set>

namespace vitrina {

using LoopTimer = boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                                    boost::asio::wait_traits<std::chrono::steady_clock>, Executor>;

// Told when its transfer has ended; set as CURLOPT_PRIVATE of the easy handle.
class OutboundEnd {
public:
    virtual ~OutboundEnd() = default;
    virtual void ended(CURLcode code) = 0;
};

// libcurl's multi interface on one event loop: watches the sockets curl asks for and keeps its timer. It holds the
// loop's kept connections. One thread, the loop's.
class OutboundLoop : public std::enable_shared_from_this<OutboundLoop> {
public:
    // The one of this loop, made on first use; it goes with the loop.
    static std::shared_ptr<OutboundLoop> of(Executor executor);

    explicit OutboundLoop(Executor executor);
    ~OutboundLoop();
    OutboundLoop(const OutboundLoop&) = delete;
    OutboundLoop& operator=(const OutboundLoop&) = delete;

    void add(CURL* transfer);
    void remove(CURL* transfer);
    // After a body callback returned PAUSE.
    void resume(CURL* transfer);
    // The event loop is being destroyed: nothing is watched any more.
    void shut_down();

private:
    using Descriptor = boost::asio::posix::basic_stream_descriptor<Executor>;
    struct Watch {
        Watch(Executor executor, curl_socket_t socket) : descriptor(executor, socket), number(socket) {}
        Descriptor descriptor;
        curl_socket_t number;
        int wanted = 0; // CURL_POLL_*
        bool reading = false, writing = false;
    };

    static int on_socket(CURL*, curl_socket_t socket, int wanted, void* self, void* watch);
    static int on_timer(CURLM*, long milliseconds, void* self);
    void watch(curl_socket_t socket, int wanted, Watch* known);
    void forget(Watch* watch);
    void arm(const std::shared_ptr<Watch>& watch);
    void act(curl_socket_t socket, int events);
    void report_ended();

    Executor executor_;
    std::optional<LoopTimer> timer_;
    CURLM* multi_;
    std::set<std::shared_ptr<Watch>> watches_;
    bool shut_down_ = false;
};

} // namespace vitrina
