#pragma once
#include "core/video.hpp"

#include <optional>
#include <string>
#include <vector>

namespace vitrina {

enum class VideoSort { date, title };
enum class SortDirection { ascending, descending };

// What a list shows; everything given must hold. Deleted videos are in no list.
struct VideoFilter {
    std::string search;              // as typed: a substring of title, description or a tag, without case and accents
    std::vector<std::string> tags;   // each of them, exactly
    std::optional<Instant> from, to; // uploaded then, both included
    std::optional<VideoStatus> status;
};

// The place between two entries of a list. It stays good whatever is added or deleted meanwhile.
struct VideoCursor {
    std::int64_t position = 0; // by date: a seq; by title: an upload time, which settles equal titles
    std::string title_key;     // only where the list is sorted by title
    bool operator==(const VideoCursor&) const = default;
};

struct VideoQuery {
    VideoFilter filter;
    VideoSort sort = VideoSort::date;
    SortDirection direction = SortDirection::descending; // date: newest first; title: Z first
    std::optional<VideoCursor> after;
    int limit = 50;
};

struct VideoPage {
    std::vector<Video> videos;
    // Where the list goes on; nothing at its end. A search for what is rare may stop before the page is full, to
    // keep its time bounded: then there are fewer videos than asked for, even none, and still a `next`.
    std::optional<VideoCursor> next;
};

} // namespace vitrina
