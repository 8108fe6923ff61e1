// Cursors come from clients: only what a list gave out is taken.
// Instruments: src/api/page_cursor.cpp
// Instruments: src/core/base64url.cpp
#include "api/page_cursor.hpp"

#include "bytes.hpp"

using namespace vitrina;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text = fuzz::text(data, size);
    if (const auto cursor = parse_cursor(text, "videos.date", 2)) {
        require(cursor->list == "videos.date" && cursor->keys.size() == 2, "of this list, with its keys");
        require(!!parse_cursor(cursor_text(*cursor), "videos.date", 2), "it can be given out again");
    }
    const PageCursor made{"videos.title", {std::string(text), "id"}};
    const auto read = parse_cursor(cursor_text(made), "videos.title", 2);
    require(size > 1000 || (read && *read == made), "any key comes back as it went");
    require(!parse_cursor(cursor_text(made), "publications", 2), "but not to another list");
    return 0;
}
