// time_lists FILE [WORD…]: how long lists and searches of the library FILE take, page by page, without the server. One
// line a list: its first pages, pages in the middle, and pages at the far end; median, 99th percentile and worst.
#include "db/sqlite/open_sqlite.hpp"
#include "library/video_list.hpp"
#include "unit/run.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

using namespace vitrina;

namespace {

constexpr int pages = 200;

struct List {
    std::string name;
    VideoQuery query;
};

double milliseconds(std::chrono::steady_clock::duration time)
{
    return std::chrono::duration<double, std::milli>(time).count();
}

// Within one loop, as the server has it.
Task<> measure(Database& db, List list, std::vector<double>& times, std::size_t& found)
{
    const auto start = list.query.after;
    for (int i = 0; i < pages; ++i) {
        const auto began = std::chrono::steady_clock::now();
        const VideoPage page = co_await list_videos(db, list.query);
        times.push_back(milliseconds(std::chrono::steady_clock::now() - began));
        found += page.videos.size();
        list.query.after = page.next ? page.next : start;
    }
}

void report(Database& db, const List& list, const char* where)
{
    std::vector<double> times;
    std::size_t found = 0;
    run(measure(db, list, times, found));
    std::sort(times.begin(), times.end());
    std::printf("%-38s %-7s %8.2f %8.2f %8.2f %8.1f\n", list.name.c_str(), where, times[pages / 2],
                times[pages * 99 / 100], times.back(), static_cast<double>(found) / pages);
    std::fflush(stdout);
}

std::int64_t newest_seq(Database& db)
{
    static constexpr Sql query{"SELECT seq FROM videos ORDER BY seq DESC LIMIT 1"};
    const Rows rows = run(db.read(query));
    return rows.empty() ? 0 : rows.front().integer(0);
}

std::string frequent_tag(Database& db)
{
    static constexpr Sql query{"SELECT tag FROM (SELECT tag FROM video_tags WHERE seq > $1 LIMIT 3000) AS some "
                               "GROUP BY tag ORDER BY count(*) DESC LIMIT 1"};
    const Rows rows = run(db.read(query, newest_seq(db) - 1'000));
    return rows.empty() ? "" : std::string(rows.front().text(0));
}

} // namespace

int main(int argc, char** argv)
{
    if (argc < 2) {
        std::fprintf(stderr, "usage: time_lists FILE [WORD…]\n");
        return 2;
    }
    const auto db = open_sqlite(argv[1]);
    const std::int64_t newest = newest_seq(*db);
    const std::string tag = frequent_tag(*db);
    std::vector<std::string> words(argv + 2, argv + argc);
    if (words.empty())
        words = {"zanahoria", "girasoles", "madrugada", "que", "qu", "zq", "no hay tal cosa"};

    std::vector<List> lists;
    for (VideoSort sort : {VideoSort::date, VideoSort::title}) {
        const std::string by = sort == VideoSort::date ? " by date" : " by title";
        const SortDirection direction = sort == VideoSort::date ? SortDirection::descending : SortDirection::ascending;
        lists.push_back({"all" + by, {.sort = sort, .direction = direction, .limit = 20}});
        lists.push_back({"tag" + by, {.filter = {.tags = {tag}}, .sort = sort, .direction = direction, .limit = 20}});
        for (const std::string& word : words) {
            lists.push_back({"\"" + word + "\"" + by,
                             {.filter = {.search = word}, .sort = sort, .direction = direction, .limit = 20}});
            lists.push_back(
                {"\"" + word + "\" and tag" + by,
                 {.filter = {.search = word, .tags = {tag}}, .sort = sort, .direction = direction, .limit = 20}});
        }
    }
    std::printf("%-38s %-7s %8s %8s %8s %8s\n", "ms a page of 20", "where", "median", "p99", "worst", "found");
    for (List list : lists) {
        report(*db, list, "first");
        if (list.query.sort == VideoSort::date) {
            list.query.after = VideoCursor{newest - 200'000, ""}; // page 10,000 of all
            report(*db, list, "deep");
            list.query.after = VideoCursor{newest / 20, ""};
            report(*db, list, "end");
        } else {
            list.query.after = VideoCursor{0, "m"};
            report(*db, list, "deep");
        }
    }
    return 0;
}
