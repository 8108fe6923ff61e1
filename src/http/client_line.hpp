#pragma once
#include "http/client_socket.hpp"

#include <boost/intrusive/list.hpp>
#include <chrono>
#include <string>

namespace vitrina {

// A client's connection with its patience: every wait has a deadline, watched by the loop's sweep instead of a timer
// for each. All of it happens on the loop's thread.
class ClientLine : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
public:
    using Time = std::chrono::steady_clock::time_point;
    enum class State {
        open,
        timed_out, // the last wait took too long; reopen() to tell the client so
        ended,     // the client sends no more
        lost,      // the connection is gone
        cut_off,   // by us, at the end of a drain
    };

    ClientLine(ClientSocket socket, const Time& now) : socket_(std::move(socket)), now_(now) {}

    State state() const { return state_; }
    bool usable() const { return state_ == State::open; }
    bool can_send() const { return state_ == State::open || state_ == State::ended; }
    void time_out() { state_ = State::timed_out; }
    // After a time-out: to tell the client of it.
    void reopen() { state_ = State::open; }
    Time now() const { return now_; } // as of the last sweep
    bool encrypted() const { return socket_.encrypted(); }
    ClientSocket& socket() { return socket_; }

    // Up to into.size() bytes; 0 when there are none just now or the line is no longer usable.
    std::size_t receive(std::span<char> into);
    // Takes from the front of the pieces what could be sent now. True when nothing is left; false when it must wait,
    // or the line is no longer usable.
    bool send_now(ClientSocket::Pieces& pieces, bool more);
    Task<bool> send(ClientSocket::Pieces pieces, bool more, std::chrono::milliseconds patience);

    // Waits for what the last call asked for. False when the line is not usable any more, or after interrupt().
    Task<bool> wait(std::chrono::milliseconds patience) { return wait_until(wanted_, now_ + patience); }
    Task<bool> wait_readable(std::chrono::milliseconds patience)
    {
        return wait_until(ClientSocket::Outcome::wait_readable, now_ + patience);
    }
    Task<bool> wait_writable(std::chrono::milliseconds patience)
    {
        return wait_until(ClientSocket::Outcome::wait_writable, now_ + patience);
    }
    Task<bool> wait_until(ClientSocket::Outcome what, Time deadline);

    // True while it waits for the beginning of a request.
    bool idle = false;
    // Ends a wait, as if nothing had come.
    void interrupt() { socket_.interrupt(); }
    void sweep(Time now);
    void cut_off();

    // Bytes received but not used yet: the beginning of a head, of a body, of the next request.
    std::string unread;

private:
    ClientSocket socket_;
    const Time& now_;
    Time deadline_ = Time::max();
    State state_ = State::open;
    ClientSocket::Outcome wanted_ = ClientSocket::Outcome::wait_readable;
};

} // namespace vitrina
