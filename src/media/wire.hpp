#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace vitrina {

// The bytes a parent and its media child exchange: little-endian numbers of fixed width, strings after their length.

class WireWriter {
public:
    void u8(std::uint8_t value) { number(value, 1); }
    void u16(std::uint16_t value) { number(value, 2); }
    void u32(std::uint32_t value) { number(value, 4); }
    void u64(std::uint64_t value) { number(value, 8); }
    void text(std::string_view value);
    std::string take() { return std::move(bytes_); }

private:
    void number(std::uint64_t value, int width);
    std::string bytes_;
};

// Reading past the end, or a string longer than its cap, gives nothing from then on; ask ended_well() once at the end.
class WireReader {
public:
    explicit WireReader(std::span<const std::byte> bytes) : rest_(bytes) {}
    std::uint8_t u8() { return static_cast<std::uint8_t>(number(1)); }
    std::uint16_t u16() { return static_cast<std::uint16_t>(number(2)); }
    std::uint32_t u32() { return static_cast<std::uint32_t>(number(4)); }
    std::uint64_t u64() { return number(8); }
    std::string_view text(std::size_t at_most);
    // Everything was there, and nothing more.
    bool ended_well() const { return !broken_ && rest_.empty(); }

private:
    std::uint64_t number(int width);
    std::span<const std::byte> rest_;
    bool broken_ = false;
};

} // namespace vitrina
