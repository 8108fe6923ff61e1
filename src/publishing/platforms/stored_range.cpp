#include "publishing/platforms/stored_range.hpp"

#include <charconv>

namespace vitrina {

std::optional<std::uint64_t> stored_bytes(const HttpReply& reply)
{
    std::string_view range = reply.header("Range");
    if (range.empty())
        return 0;
    if (!range.starts_with("bytes=0-"))
        return std::nullopt;
    range.remove_prefix(8);
    std::uint64_t last = 0;
    const auto [end, error] = std::from_chars(range.data(), range.data() + range.size(), last);
    if (error != std::errc{} || end != range.data() + range.size() || last == ~std::uint64_t(0))
        return std::nullopt;
    return last + 1;
}

} // namespace vitrina
