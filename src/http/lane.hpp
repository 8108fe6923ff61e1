#pragma once
#include "core/run_on.hpp"
#include "http/buffer_pool.hpp"
#include "http/client_line.hpp"
#include "http/request_head.hpp"
#include "http/server.hpp"

#include <atomic>
#include <condition_variable>
#include <ctime>
#include <memory>
#include <mutex>
#include <vector>

namespace vitrina {

// What all loops of a server share; unchanging but for the count of connections.
struct ServerShared {
    ServerShared(Router r, Hooks h, ServerOptions o) : router(std::move(r)), hooks(std::move(h)), options(std::move(o))
    {
    }

    const Router router;
    const Hooks hooks;
    const ServerOptions options;
    std::unique_ptr<TlsContext> tls;
    std::size_t lanes = 1;
    Pool disk{2}; // brings cold parts of files into memory before a loop sends them

    std::atomic<std::size_t> connections{0};
    std::mutex mutex;
    std::condition_variable last_gone;
    void one_gone(); // a connection
};

// One loop's part of a server: its listening socket, its clients, the memory they share. Only the loop's own thread
// touches it, but for the counters.
class Lane : public std::enable_shared_from_this<Lane> {
public:
    using Acceptor = ClientSocket::Socket; // only waited for; accept4 is called by hand, until nobody is left

    Lane(std::shared_ptr<ServerShared> server, Executor executor, int listening_socket);

    // Spawns the accepting and the sweeping on the loop.
    void start();

    // On the loop's thread:
    void begin_drain();
    void cut_off();
    void stop();

    ServerShared& server() { return *server_; }
    const Limits& limits() const { return server_->options.limits; }
    const Hooks& hooks() const { return server_->hooks; }
    bool draining() const { return draining_; }
    const std::string& date();    // for the Date header
    std::string make_request_id();

    void add(ClientLine& line) { lines_.push_back(line); }

    // Scratch memory, good until the next co_await.
    std::vector<char> head_bytes; // where a request's head is received
    RequestHead head;
    std::string out; // where an answer's head is put together

    BufferPool buffers;
    ClientLine::Time now = std::chrono::steady_clock::now(); // as of the last sweep

    // Written by the loop's thread only, read by any.
    struct Counters {
        std::atomic<std::uint64_t> idle{0}, in_flight{0}, accepted{0}, requests{0};
    } counters;
    static void count(std::atomic<std::uint64_t>& counter, std::int64_t by)
    {
        counter.store(counter.load(std::memory_order_relaxed) + std::uint64_t(by), std::memory_order_relaxed);
    }

private:
    Task<> accept_clients();
    Task<> sweep();
    bool accept_one(); // false: nobody is waiting, or there are no descriptors left
    void welcome(int socket, std::string peer);

    std::shared_ptr<ServerShared> server_;
    Executor executor_;
    Acceptor acceptor_;
    boost::intrusive::list<ClientLine, boost::intrusive::constant_time_size<false>> lines_;
    bool draining_ = false, stopped_ = false, out_of_descriptors_ = false;
    std::time_t date_second_ = 0;
    std::string date_;
    std::uint64_t id_state_;
};

} // namespace vitrina
