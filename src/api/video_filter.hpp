#pragma once
#include "api/page_cursor.hpp"
#include "library/video_query.hpp"

namespace vitrina {

// search, tag (repeatable), from and to of a request's query, alike on both surfaces. A plain date in `to` means the
// whole day.
Result<VideoFilter> parse_video_filter(const Request& request);

// A list's cursor as text, and back; bound to the order it was made in.
std::string video_cursor_text(const VideoCursor& cursor, VideoSort sort, SortDirection direction);
Result<VideoCursor> parse_video_cursor(std::string_view text, VideoSort sort, SortDirection direction);

} // namespace vitrina
