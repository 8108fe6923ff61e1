#include "http/client_line.hpp"

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace vitrina {

std::size_t ClientLine::receive(std::span<char> into)
{
    if (!usable())
        return 0;
    const ClientSocket::Moved moved = socket_.receive(into);
    if (moved.outcome == ClientSocket::Outcome::closed)
        state_ = State::ended;
    wanted_ = moved.outcome;
    return moved.bytes;
}

bool ClientLine::send_now(ClientSocket::Pieces& pieces, bool more)
{
    while (can_send()) {
        const ClientSocket::Moved moved = socket_.send(pieces, more);
        std::size_t sent = moved.bytes, left = 0;
        for (auto& piece : pieces) {
            const auto taken = std::min(sent, piece.size());
            piece.remove_prefix(taken);
            sent -= taken;
            left += piece.size();
        }
        wanted_ = moved.outcome;
        if (moved.outcome == ClientSocket::Outcome::closed)
            state_ = State::lost;
        else if (moved.outcome != ClientSocket::Outcome::done)
            return false;
        else if (left == 0)
            return true;
    }
    return false;
}

Task<bool> ClientLine::send(ClientSocket::Pieces pieces, bool more, std::chrono::milliseconds patience)
{
    while (!send_now(pieces, more)) {
        const bool ready = co_await wait(patience);
        if (!ready)
            co_return false;
    }
    co_return true;
}

Task<bool> ClientLine::wait_until(ClientSocket::Outcome what, Time deadline)
{
    const bool sending = what == ClientSocket::Outcome::wait_writable;
    if (!(sending ? can_send() : usable()))
        co_return false;
    deadline_ = deadline;
    boost::system::error_code failed;
    const boost::asio::use_awaitable_t<Executor> token;
    const auto direction = sending ? ClientSocket::Socket::wait_write : ClientSocket::Socket::wait_read;
    co_await socket_.socket().async_wait(direction, boost::asio::redirect_error(token, failed));
    deadline_ = Time::max();
    co_return !failed && (sending ? can_send() : usable());
}

void ClientLine::sweep(Time now)
{
    if (now < deadline_ || !can_send())
        return;
    state_ = State::timed_out;
    socket_.interrupt();
}

void ClientLine::cut_off()
{
    state_ = State::cut_off;
    socket_.cut();
}

} // namespace vitrina
