#include "http/client_line.hpp"

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace vitrina {

std::size_t ClientLine::receive(std::span<char> into)
{
    if (!usable())
        return 0;
    const Wire::Moved moved = wire_.receive(into);
    if (moved.outcome == Wire::Outcome::closed)
        state_ = State::ended;
    wanted_ = moved.outcome;
    return moved.bytes;
}

bool ClientLine::send_now(Wire::Pieces& pieces, bool more)
{
    while (can_send()) {
        const Wire::Moved moved = wire_.send(pieces, more);
        std::size_t sent = moved.bytes, left = 0;
        for (auto& piece : pieces) {
            const auto taken = std::min(sent, piece.size());
            piece.remove_prefix(taken);
            sent -= taken;
            left += piece.size();
        }
        wanted_ = moved.outcome;
        if (moved.outcome == Wire::Outcome::closed)
            state_ = State::lost;
        else if (moved.outcome != Wire::Outcome::done)
            return false;
        else if (left == 0)
            return true;
    }
    return false;
}

Task<bool> ClientLine::send(Wire::Pieces pieces, bool more, std::chrono::milliseconds patience)
{
    while (!send_now(pieces, more)) {
        const bool ready = co_await wait(patience);
        if (!ready)
            co_return false;
    }
    co_return true;
}

Task<bool> ClientLine::wait_until(Wire::Outcome what, Time deadline)
{
    const bool sending = what == Wire::Outcome::wait_writable;
    if (!(sending ? can_send() : usable()))
        co_return false;
    deadline_ = deadline;
    boost::system::error_code failed;
    const boost::asio::use_awaitable_t<Executor> token;
    const auto direction = sending ? Wire::Socket::wait_write : Wire::Socket::wait_read;
    co_await wire_.socket().async_wait(direction, boost::asio::redirect_error(token, failed));
    deadline_ = Time::max();
    co_return !failed && (sending ? can_send() : usable());
}

void ClientLine::sweep(Time now)
{
    if (now < deadline_ || !can_send())
        return;
    state_ = State::timed_out;
    wire_.interrupt();
}

void ClientLine::cut_off()
{
    state_ = State::cut_off;
    wire_.cut();
}

} // namespace vitrina
