#include "core/instance.hpp"

#include <array>
#include <cerrno>
#include <charconv>
#include <fstream>
#include <optional>
#include <signal.h>
#include <unistd.h>

namespace vitrina {
namespace {

std::string first_line(const std::string& path)
{
    std::ifstream file(path);
    std::string line;
    std::getline(file, line);
    return line;
}

// "4026531836", from "pid:[4026531836]".
std::string process_namespace()
{
    std::array<char, 64> target{};
    const auto length = ::readlink("/proc/self/ns/pid", target.data(), target.size());
    if (length <= 6)
        return "unknown";
    return std::string(target.data() + 5, static_cast<std::size_t>(length) - 6);
}

// When the process began, in clock ticks since boot: field 22 of its stat, behind a name that may hold anything.
std::string began(long process)
{
    std::string line = first_line("/proc/" + std::to_string(process) + "/stat");
    const std::size_t name_end = line.rfind(')');
    if (name_end == std::string::npos)
        return {};
    std::size_t at = name_end + 1; // before the space of field 3
    for (int field = 3; field < 22 && at != std::string::npos; ++field)
        at = line.find(' ', at + 1);
    if (at == std::string::npos)
        return {};
    return line.substr(at + 1, line.find(' ', at + 1) - at - 1);
}

// What processes that can see each other have in common.
const std::string& neighbourhood()
{
    static const std::string text = first_line("/proc/sys/kernel/random/boot_id") + "/" + process_namespace() + "/";
    return text;
}

} // namespace

std::string instance_id()
{
    return neighbourhood() + std::to_string(::getpid()) + "/" + began(::getpid());
}

bool has_ended(std::string_view instance)
{
    if (neighbourhood().size() < 38 || !instance.starts_with(neighbourhood())) // a boot id has 36 characters
        return false;
    instance.remove_prefix(neighbourhood().size());
    long process = 0;
    const auto [end, error] = std::from_chars(instance.data(), instance.data() + instance.size(), process);
    if (error != std::errc{} || end == instance.data() + instance.size() || *end != '/' || process <= 0)
        return false;
    const std::string_view began_then(end + 1, instance.data() + instance.size());
    if (::kill(static_cast<pid_t>(process), 0) != 0)
        return errno == ESRCH;
    const std::string began_now = began(process); // another process may have got the number
    return !began_then.empty() && !began_now.empty() && began_now != began_then;
}

} // namespace vitrina
