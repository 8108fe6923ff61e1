// The product's media child, except that a file beginning with "misbehave:" makes it do what a taken-over decoder
// might: the walls around it must hold without its help.
#include "media/child/byte_source.hpp"
#include "media/child/media_child.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using namespace vitrina;

constexpr std::string_view mark = "misbehave:";

std::string first_line(ByteSource& source)
{
    std::array<char, 64> bytes;
    std::size_t got = source.read(0, std::as_writable_bytes(std::span(bytes)));
    std::string_view text(bytes.data(), got);
    return std::string(text.substr(0, text.find('\n')));
}

// Facts nobody could have read from such a file tell the test how the deed went.
MediaFacts outcome(std::string_view word)
{
    MediaFacts facts;
    facts.container = "wav";
    facts.audio_codec = word;
    return facts;
}

void spin()
{
    for (volatile std::uint64_t i = 0;;)
        i = i + 1;
}

// In touched pieces, so that lazy allocation does not hide them.
void eat_memory()
{
    constexpr std::size_t megabyte = 1 << 20;
    for (int i = 0; i < 10'000; ++i) {
        auto* piece = new volatile char[megabyte];
        for (std::size_t at = 0; at < megabyte; at += 4096)
            piece[at] = 1;
    }
}

void eat_at_once()
{
    constexpr std::size_t ten_gigabytes = 10'000'000'000;
    std::fill_n(new char[ten_gigabytes], ten_gigabytes, 'x');
}

// A page nobody mapped; UBSan would catch a plain null pointer first.
void crash()
{
    auto* nowhere = reinterpret_cast<volatile char*>(getpagesize());
    *nowhere = 1;
}

void execute()
{
    std::array<char*, 1> nothing{nullptr};
    execve("/bin/sh", nothing.data(), nothing.data());
}

void say(std::string_view bytes)
{
    if (send(parent_descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL) > 0)
        spin();
}

void misbehave(std::string_view deed)
{
    if (deed == "create" && creat("/tmp/vitrina-media-child-was-here", 0600) >= 0)
        return;
    if (deed == "unlink" && unlink("/tmp/vitrina-media-child-was-here") == 0)
        return;
    if (deed == "write to file" && pwrite(file_descriptor, "x", 1, 0) == 1)
        return;
    if (deed == "socket")
        socket(AF_INET, SOCK_STREAM, 0);
    if (deed == "execute")
        execute();
    while (deed == "fork bomb")
        fork();
    if (deed == "kill parent")
        kill(getppid(), SIGKILL);
    if (deed == "trace parent")
        ptrace(PTRACE_ATTACH, getppid(), nullptr, nullptr);
    if (deed == "executable memory")
        mmap(nullptr, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (deed == "become dumpable")
        prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
    if (deed == "eat memory")
        eat_memory();
    if (deed == "eat at once")
        eat_at_once();
    if (deed == "spin")
        spin();
    if (deed == "crash")
        crash();
    if (deed == "abort")
        abort();
    if (deed == "leave")
        _exit(0);
    if (deed == "babble")
        say("HTTP/1.1 200 OK\r\n\r\n");
    if (deed == "long reply")
        say(std::string_view("F\xff\xff\xff\x7f", 5));
}

MediaFacts examine_or_misbehave(ByteSource& source, const ExamineLimits& limits)
{
    std::string line = first_line(source);
    if (!line.starts_with(mark))
        return examine_media(source, limits);
    std::string_view deed = std::string_view(line).substr(mark.size());
    if (deed == "open")
        return outcome(open("/etc/passwd", O_RDONLY) >= 0 ? "opened" : "refused");
    misbehave(deed);
    return outcome("survived");
}

} // namespace

int main(int argc, char** argv)
{
    return media_child_main(argc, argv, examine_or_misbehave);
}
