#include "core/random.hpp"

#include <cerrno>
#include <sys/random.h>
#include <system_error>
#include <vector>

namespace vitrina {

void fill_random(std::span<std::byte> out)
{
    while (!out.empty()) {
        const ssize_t got = ::getrandom(out.data(), out.size(), 0);
        if (got < 0) {
            if (errno == EINTR)
                continue;
            throw std::system_error(errno, std::generic_category(), "getrandom");
        }
        out = out.subspan(std::size_t(got));
    }
}

std::string random_hex(std::size_t bytes)
{
    std::vector<std::byte> raw(bytes);
    fill_random(raw);
    static constexpr char hex[] = "0123456789abcdef";
    std::string text;
    text.reserve(bytes * 2);
    for (std::byte b : raw) {
        text += hex[std::to_integer<unsigned>(b) >> 4];
        text += hex[std::to_integer<unsigned>(b) & 15];
    }
    return text;
}

} // namespace vitrina
