#include "http/hang_up_watch.hpp"

#include <array>
#include <boost/system/error_code.hpp>

namespace vitrina {
namespace {

// A client that says more than this while it listens is not one that listens.
constexpr std::size_t most_unread = 4096;

} // namespace

struct HangUpWatch::Watched {
    ClientLine& line;
    LiveBody& body;
    bool over = false; // then neither of them is there any more
};

HangUpWatch::HangUpWatch(ClientLine& line, LiveBody& body)
    : line_(line), watched_(std::make_shared<Watched>(line, body))
{
    wait(watched_);
}

HangUpWatch::~HangUpWatch()
{
    watched_->over = true;
    line_.interrupt();
}

void HangUpWatch::wait(std::shared_ptr<Watched> watched)
{
    auto& socket = watched->line.socket().socket();
    socket.async_wait(ClientSocket::Socket::wait_read, [watched](boost::system::error_code failed) {
        if (watched->over || failed)
            return;
        ClientLine& line = watched->line;
        std::array<char, 512> bytes;
        const std::size_t got = line.receive(bytes);
        line.unread.append(bytes.data(), got);
        if (!line.usable() || line.unread.size() > most_unread)
            watched->body.stop();
        else
            wait(watched);
    });
}

} // namespace vitrina
