#pragma once
#include "core/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace vitrina {

struct ListenAddress {
    std::string host;
    std::uint16_t port = 0;

    // "127.0.0.1:5000", "[::1]:5000", "localhost:5000", ":5000" (every address); port 0 takes a free one.
    static Result<ListenAddress> parse(std::string_view setting, std::string_view text);
};

} // namespace vitrina
