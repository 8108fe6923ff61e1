#pragma once
#include "core/result.hpp"
#include "http/request.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace vitrina {

// Where the next page of a list begins, as opaque text: the keys of the last row given out, bound to the list and
// order they come from. A client can only hand back what it was given; anything else is refused with 400.
struct PageCursor {
    std::string list; // "videos.date", "publications": a cursor of another list or order is refused
    std::vector<std::string> keys;

    bool operator==(const PageCursor&) const = default;
};

std::string cursor_text(const PageCursor& cursor);
Result<PageCursor> parse_cursor(std::string_view text, std::string_view list, std::size_t keys);
// "Not one this list gave out", for who finds that out by the keys.
Fault bad_cursor();

// The `limit` of the query: `usual` when absent, 400 when it is not a whole number from 1 to `most`.
Result<int> page_limit(const Request& request, int usual = 50, int most = 1000);

} // namespace vitrina
