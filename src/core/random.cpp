#include "core/random.hpp"

#include "core/digest.hpp"

#include <cerrno>
#include <cstdint>
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
    return hex(raw);
}

double roll_dice()
{
    std::uint32_t value = 0;
    fill_random(std::as_writable_bytes(std::span(&value, 1)));
    return double(value) / 4294967296.0;
}

} // namespace vitrina
