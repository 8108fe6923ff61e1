#include "media/wire.hpp"

namespace vitrina {

void WireWriter::number(std::uint64_t value, int width)
{
    for (int i = 0; i < width; ++i)
        bytes_.push_back(static_cast<char>(value >> (8 * i)));
}

void WireWriter::text(std::string_view value)
{
    u32(static_cast<std::uint32_t>(value.size()));
    bytes_.append(value);
}

std::uint64_t WireReader::number(int width)
{
    auto size = static_cast<std::size_t>(width);
    if (broken_ || rest_.size() < size) {
        broken_ = true;
        return 0;
    }
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < size; ++i)
        value |= std::to_integer<std::uint64_t>(rest_[i]) << (8 * i);
    rest_ = rest_.subspan(size);
    return value;
}

std::string_view WireReader::text(std::size_t at_most)
{
    std::size_t size = u32();
    if (broken_ || size > at_most || size > rest_.size()) {
        broken_ = true;
        return {};
    }
    std::string_view value(reinterpret_cast<const char*>(rest_.data()), size);
    rest_ = rest_.subspan(size);
    return value;
}

} // namespace vitrina
