#include "cli/typed_lines.hpp"

#include <iostream>
#include <poll.h>
#include <termios.h>
#include <thread>
#include <unistd.h>

namespace vitrina {
namespace {

// The terminal as it was, however one leaves.
class NoEcho {
public:
    NoEcho()
    {
        is_terminal_ = ::tcgetattr(STDIN_FILENO, &before_) == 0;
        if (!is_terminal_)
            return;
        termios quiet = before_;
        quiet.c_lflag &= ~tcflag_t(ECHO);
        ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
    }
    ~NoEcho()
    {
        if (is_terminal_)
            ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    }
    NoEcho(const NoEcho&) = delete;
    NoEcho& operator=(const NoEcho&) = delete;

private:
    termios before_{};
    bool is_terminal_ = false;
};

} // namespace

std::optional<std::string> TypedLines::take_line()
{
    const std::size_t end = waiting_.find('\n');
    if (end == waiting_.npos && !(ended_ && !waiting_.empty()))
        return std::nullopt;
    std::string line = waiting_.substr(0, end);
    waiting_.erase(0, end == waiting_.npos ? waiting_.size() : end + 1);
    return line;
}

std::optional<std::string> TypedLines::next(std::chrono::milliseconds patience)
{
    if (auto line = take_line())
        return line;
    if (ended_) {
        std::this_thread::sleep_for(patience);
        return std::nullopt;
    }
    pollfd input{STDIN_FILENO, POLLIN, 0};
    if (::poll(&input, 1, int(patience.count())) <= 0)
        return std::nullopt;
    char bytes[4096];
    const ssize_t count = ::read(STDIN_FILENO, bytes, sizeof bytes);
    if (count <= 0)
        ended_ = true;
    else
        waiting_.append(bytes, std::size_t(count));
    return take_line();
}

std::string ask(const std::string& question)
{
    if (::isatty(STDIN_FILENO) == 1)
        std::cerr << question << ": " << std::flush;
    std::string line; // byte by byte: what comes after it is for whoever reads next
    for (char byte = 0; ::read(STDIN_FILENO, &byte, 1) == 1 && byte != '\n';)
        line += byte;
    return line;
}

std::string ask_secretly(const std::string& question)
{
    const NoEcho quiet;
    std::string line = ask(question);
    if (::isatty(STDIN_FILENO) == 1)
        std::cerr << '\n';
    return line;
}

} // namespace vitrina
