#pragma once
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

// What the fuzz targets share: their input as text, and a check that stops the fuzzer with its reason.
namespace vitrina::fuzz {

inline std::string_view text(const std::uint8_t* data, std::size_t size)
{
    return {reinterpret_cast<const char*>(data), size};
}

inline void require(bool holds, const char* what)
{
    if (holds)
        return;
    std::fprintf(stderr, "does not hold: %s\n", what);
    std::abort();
}

// Cuts bytes into pieces as the input itself says, so that every way a network may cut them is tried.
class Pieces {
public:
    Pieces(std::string_view bytes, std::uint8_t seed) : left_(bytes), state_(seed * 2654435761u + 1) {}

    bool more() const { return !left_.empty(); }
    std::string_view next()
    {
        state_ = state_ * 1664525u + 1013904223u;
        const std::string_view piece = left_.substr(0, 1 + (state_ >> 24) % 17);
        left_.remove_prefix(piece.size());
        return piece;
    }

private:
    std::string_view left_;
    std::uint32_t state_;
};

} // namespace vitrina::fuzz
