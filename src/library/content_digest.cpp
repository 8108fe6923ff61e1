#include "library/content_digest.hpp"

#include "core/digest.hpp"

#include <cstddef>
#include <span>
#include <vector>

namespace vitrina {
namespace {

constexpr std::size_t piece = 256 * 1024;

} // namespace

Task<std::optional<std::string>> sha256_of(ContentSource& content)
{
    Sha256Sum sum;
    std::vector<std::byte> buffer(piece);
    std::uint64_t at = 0;
    while (at < content.size()) {
        const std::size_t count = co_await content.read(at, buffer);
        if (count == 0)
            co_return std::nullopt;
        sum.add(std::span(buffer).first(count));
        at += count;
    }
    co_return hex(sum.finish());
}

} // namespace vitrina
