#pragma once
#include "db/database.hpp"
#include "library/video_query.hpp"

#include <chrono>
#include <cstdint>

namespace vitrina {

// Where one way of finding a list becomes cheaper than another, and how long one page may take. The answers do not
// depend on it; tests make it small to go every way.
struct ListTuning {
    bool search_index = true; // the database has one
    std::int64_t few = 4'000;             // rows that are rather sorted than waited for
    std::int64_t tried_titles = 250;      // tested before matches are counted
    std::int64_t first_window = 2'000;    // rows tested in one statement, on the caller's own loop
    std::chrono::milliseconds budget{150}; // after that, a page is handed out as it is
};

// What Videos::list does.
Task<VideoPage> list_videos(Database& database, VideoQuery query, ListTuning tuning = {});

} // namespace vitrina
