#pragma once
#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace vitrina {

using Sha256 = std::array<std::byte, 32>;

Sha256 sha256(std::string_view text);
std::string sha256_hex(std::string_view text);
// The same for bytes that come piece by piece.
class Sha256Sum {
public:
    Sha256Sum();
    ~Sha256Sum();
    Sha256Sum(Sha256Sum&&) noexcept;
    Sha256Sum& operator=(Sha256Sum&&) noexcept;

    void add(std::span<const std::byte> bytes);
    void add(std::string_view text) { add(std::as_bytes(std::span(text))); }
    // Once, at the end.
    Sha256 finish();

private:
    struct Context;
    std::unique_ptr<Context> context_;
};

Sha256 hmac_sha256(std::string_view key, std::string_view text);

// In lower case.
std::string hex(std::span<const std::byte> bytes);

// Takes the same time wherever the first difference lies; the lengths are no secret.
bool equal_in_constant_time(std::string_view a, std::string_view b);

} // namespace vitrina
