#include "library/video_list.hpp"

#include "core/text_fold.hpp"
#include "library/json_columns.hpp"
#include "library/list_statements.hpp"
#include "library/search_index.hpp"
#include "library/video_row.hpp"

#include <algorithm>
#include <chrono>
#include <limits>
#include <utility>

// How a list is found.
//
// Every list is a walk along an index, in the order of the list, from the cursor on. What the index cannot say is
// tested on the rows it gives. By date the walk goes along seq: of all videos, of those with a tag or a status, of
// the matches of the trigram index (newest first for free), or of the documents themselves where a search has only
// one or two letters, which no trigram knows.
//
// By title there is no index of "matches in the order of titles". Few matches are sorted; of many, the walk along
// all titles soon meets enough. ListTuning::few is about where both cost the same at a million videos: some
// milliseconds. Counting up to it costs as much, so a walk is tried first: what every tenth video has fills a page
// within a few hundred titles.
//
// Where rows are tested, a walk could go on for long without a find. It is done in windows, which grow while there is
// time, and when there is none left the page is handed out as it is, with a cursor. Only a search for what no video
// has, made of letters that all have, gets there.

namespace vitrina {
namespace {

using Steady = std::chrono::steady_clock;

constexpr int patience_ms = 5'000; // for one statement: far more than any should take
constexpr std::int64_t last_place = std::numeric_limits<std::int64_t>::max() / 4; // there is room to add to it

// What is asked of each row; empty members ask nothing.
struct Tests {
    std::string status;
    std::string needle;
    std::vector<std::string> tags;

    bool any() const { return !status.empty() || !needle.empty() || !tags.empty(); }
};

struct Plan {
    ListSource source = ListSource::all;
    std::string key; // the tag, the status or the text
    Tests tests;
};

// Upload times and seqs, both ends included.
struct Range {
    std::int64_t low = 0;
    std::int64_t high = last_place;
    bool empty() const { return low > high; }
};

struct TitlePlace {
    std::string key;
    std::int64_t uploaded_at = 0;
};

// Longer than any key, of the greatest character.
std::string past_every_title()
{
    std::string key;
    while (key.size() <= 1024)
        key += "\xF4\x8F\xBF\xBF";
    return key;
}

// Whether pg_trgm has trigrams of it, whatever the database's locale: three letters or digits of ASCII in a row.
bool has_indexed_run(std::string_view text)
{
    int run = 0;
    for (const char c : text) {
        run = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ? run + 1 : 0;
        if (run == 3)
            return true;
    }
    return false;
}

class ListReader {
public:
    ListReader(Database& db, VideoQuery query, ListTuning tuning) : db_(db), query_(std::move(query)), tuning_(tuning)
    {
        needle_ = fold(query_.filter.search);
        indexed_ = tuning_.search_index &&
                   (db_.dialect() == Dialect::sqlite ? length_in_characters(needle_) >= 3 : has_indexed_run(needle_));
        if (query_.filter.status)
            status_ = name(*query_.filter.status);
        wanted_ = static_cast<std::size_t>(std::clamp(query_.limit, 1, 10'000)) +
                  1; // one more shows whether the list goes on
    }

    Task<VideoPage> page()
    {
        co_await find_range();
        if (seqs_.empty() || status_ == name(VideoStatus::deleted))
            co_return VideoPage{};
        if (query_.sort == VideoSort::date)
            co_await walk_by_date();
        else
            co_await list_by_title();
        co_return finished_page();
    }

private:
    bool ascending() const { return query_.direction == SortDirection::ascending; }

    Tests all_tests() const { return {status_, needle_, query_.filter.tags}; }

    // The upload times asked for, as a range of seqs.
    Task<> find_range()
    {
        static constexpr Sql first{"SELECT seq FROM videos WHERE uploaded_at >= $1 ORDER BY uploaded_at LIMIT 1"};
        static constexpr Sql last{"SELECT seq FROM videos WHERE uploaded_at <= $1 ORDER BY uploaded_at DESC LIMIT 1"};
        static constexpr Sql newest{"SELECT seq FROM videos ORDER BY seq DESC LIMIT 1"};

        // A walk in windows has to know where it ends; one that takes what comes next does not.
        if (all_tests().any() || query_.sort == VideoSort::title) {
            Rows end = co_await db_.read(newest);
            seqs_.high = end.empty() ? -1 : end.front().integer(0);
        }
        if (query_.filter.from) {
            Rows rows = co_await db_.read(first, in_micros(*query_.filter.from));
            seqs_.low = rows.empty() ? last_place : rows.front().integer(0);
            times_.low = in_micros(*query_.filter.from);
        }
        if (query_.filter.to) {
            Rows rows = co_await db_.read(last, in_micros(*query_.filter.to));
            seqs_.high = rows.empty() ? -1 : rows.front().integer(0);
            times_.high = in_micros(*query_.filter.to);
        }
    }

    // How many rows a source has, counted up to `few` + 1.
    Task<std::int64_t> capped_count(ListSource source, std::string key)
    {
        static constexpr Sql tagged{"SELECT count(*) FROM (SELECT 1 FROM video_tags WHERE tag = $1 AND "
                                    "seq BETWEEN $2 AND $3 LIMIT $4) AS counted"};
        static constexpr Sql with_status{"SELECT count(*) FROM (SELECT 1 FROM videos WHERE status = $1 AND "
                                         "seq BETWEEN $2 AND $3 LIMIT $4) AS counted"};
        static constexpr Sql matching{
            "SELECT count(*) FROM (SELECT 1 FROM video_search WHERE video_search MATCH " MATCHING(
                "$1") " AND rowid BETWEEN $2 AND $3 LIMIT $4) AS counted",
            "SELECT count(*) FROM (SELECT 1 FROM video_documents WHERE document LIKE " MATCHING_POSTGRES(
                "$1") " AND seq BETWEEN $2 AND $3 LIMIT $4) AS counted"};

        std::vector<Value> parameters{std::move(key), seqs_.low, seqs_.high, tuning_.few + 1};
        if (source == ListSource::index) {
            Rows rows = co_await db_.scan(matching, std::move(parameters), patience_ms);
            co_return rows.front().integer(0);
        }
        Rows rows = co_await db_.read(source == ListSource::tag ? tagged : with_status, std::move(parameters));
        co_return rows.front().integer(0);
    }

    // The narrowest of the sources that rows can be counted in cheaply, and how many it has; `all` when none has few.
    Task<std::pair<Plan, std::int64_t>> narrowest()
    {
        std::pair<Plan, std::int64_t> best{{ListSource::all, "", all_tests()}, tuning_.few + 1};
        for (std::size_t i = 0; i < query_.filter.tags.size(); ++i) {
            const std::string& tag = query_.filter.tags[i];
            const std::int64_t count = co_await capped_count(ListSource::tag, tag);
            if (count < best.second) {
                best = {{ListSource::tag, tag, all_tests()}, count};
                best.first.tests.tags.erase(best.first.tests.tags.begin() + static_cast<std::ptrdiff_t>(i));
            }
        }
        if (!status_.empty()) {
            const std::int64_t count = co_await capped_count(ListSource::status, status_);
            if (count < best.second) {
                best = {{ListSource::status, status_, all_tests()}, count};
                best.first.tests.status.clear();
            }
        }
        co_return best;
    }

    // What to walk along when the list is by date.
    Task<Plan> plan_by_date()
    {
        const Tests tests = all_tests();
        const bool combined = (needle_.empty() ? 0u : 1u) + tests.tags.size() + (status_.empty() ? 0u : 1u) > 1;
        if (combined) {
            auto [plan, count] = co_await narrowest();
            if (count <= tuning_.few)
                co_return plan;
        }
        if (indexed_)
            co_return Plan{ListSource::index, needle_, {status_, "", tests.tags}};
        if (!tests.tags.empty()) {
            Plan plan{ListSource::tag, tests.tags.front(), tests};
            plan.tests.tags.erase(plan.tests.tags.begin());
            co_return plan;
        }
        if (!needle_.empty())
            co_return Plan{ListSource::documents, needle_, {status_, "", {}}};
        if (!status_.empty())
            co_return Plan{ListSource::status, status_, {}};
        co_return Plan{};
    }

    Task<> walk_by_date()
    {
        if (query_.after) {
            const std::int64_t position = std::clamp<std::int64_t>(query_.after->position, 0, last_place);
            if (ascending())
                seqs_.low = std::max(seqs_.low, position + 1);
            else
                seqs_.high = std::min(seqs_.high, position - 1);
        }
        const Plan plan = co_await plan_by_date();
        const bool tested = plan.tests.any() || plan.source == ListSource::documents;
        const Sql sql = rows_by_date(plan.source).in(query_.direction);

        std::int64_t window = tested ? tuning_.first_window : last_place;
        if (tested && plan.source == ListSource::index)
            window *= 64; // each statement sets out anew along every trigram, which costs more than going on
        const auto started = Steady::now();
        while (!seqs_.empty() && videos_.size() < wanted_) {
            const Range now = first_part_of(seqs_, window);
            std::vector<Value> parameters{now.low, now.high, static_cast<std::int64_t>(wanted_ - videos_.size())};
            add_tests(parameters, plan.tests);
            if (plan.source != ListSource::all)
                parameters.emplace_back(plan.key);

            const bool short_walk = plan.source != ListSource::index && (!tested || window <= tuning_.first_window);
            Rows rows = co_await run(sql, std::move(parameters), short_walk);
            take(rows);
            if (ascending())
                seqs_.low = now.high + 1;
            else
                seqs_.high = now.low - 1;

            const auto spent = Steady::now() - started;
            if (spent >= tuning_.budget) {
                if (!seqs_.empty())
                    next_ = VideoCursor{ascending() ? now.high : now.low, ""};
                break;
            }
            window = next_window(window, spent);
        }
    }

    Range first_part_of(Range range, std::int64_t size) const
    {
        if (size == last_place || range.high - range.low < size)
            return range;
        return ascending() ? Range{range.low, range.low + size - 1} : Range{range.high - size + 1, range.high};
    }

    // More while there is time, the same when it gets short.
    std::int64_t next_window(std::int64_t window, Steady::duration spent) const
    {
        if (window == last_place)
            return window;
        return spent < tuning_.budget / 16 ? window * 16 : spent < tuning_.budget / 8 ? window * 4 : window;
    }

    Task<> list_by_title()
    {
        place_ = ascending() ? TitlePlace{"", -1} : TitlePlace{past_every_title(), last_place};
        if (query_.after)
            place_ = {query_.after->title_key, query_.after->position};

        auto [plan, count] = co_await narrowest();
        if (count > tuning_.few && seqs_.high - seqs_.low < tuning_.few)
            count = 0; // few were uploaded then
        if (count > tuning_.few && indexed_) {
            const bool more = co_await test_titles(tuning_.tried_titles);
            if (!more)
                co_return;
            const auto found = static_cast<std::int64_t>(videos_.size());
            if (found * tuning_.few < static_cast<std::int64_t>(wanted_) * tuning_.tried_titles) {
                count = co_await capped_count(ListSource::index, needle_);
                plan = Plan{ListSource::index, needle_, {status_, "", query_.filter.tags}};
            }
        }
        if (count <= tuning_.few)
            co_await sort_few(plan);
        else
            co_await walk_by_title();
    }

    Task<> sort_few(const Plan& plan)
    {
        std::vector<Value> parameters{place_.key, place_.uploaded_at,
                                      static_cast<std::int64_t>(wanted_ - videos_.size())};
        add_tests(parameters, plan.tests);
        parameters.insert(parameters.end(), {plan.key, seqs_.low, seqs_.high});
        Rows rows = co_await run(rows_sorted_by_title(plan.source).in(query_.direction), std::move(parameters), false);
        take(rows);
    }

    Task<> walk_by_title()
    {
        std::int64_t window = tuning_.first_window;
        const auto started = Steady::now();
        for (;;) {
            const bool more = co_await test_titles(window);
            if (!more)
                break;
            const auto spent = Steady::now() - started;
            if (spent >= tuning_.budget) {
                next_ = VideoCursor{place_.uploaded_at, place_.key};
                break;
            }
            window = next_window(window, spent);
        }
    }

    // Takes what passes of the next so many titles. False when the page is full or no titles are left.
    Task<bool> test_titles(std::int64_t window)
    {
        const TitlePlace end = ascending() ? TitlePlace{past_every_title(), last_place} : TitlePlace{"", -1};
        const Tests tests = all_tests();
        std::optional<TitlePlace> until;
        if (tests.any() || query_.filter.from || query_.filter.to)
            until = co_await place_further_on(window);
        const TitlePlace& last = until ? *until : end;

        std::vector<Value> parameters{place_.key, place_.uploaded_at,
                                      static_cast<std::int64_t>(wanted_ - videos_.size())};
        add_tests(parameters, tests);
        parameters.insert(parameters.end(), {last.key, last.uploaded_at, times_.low, times_.high});
        const Sql sql = rows_by_title.in(query_.direction);
        Rows rows = co_await run(sql, std::move(parameters), window <= tuning_.first_window);
        take(rows);
        if (!until || videos_.size() == wanted_)
            co_return false;
        place_ = *until;
        co_return true;
    }

    Task<std::optional<TitlePlace>> place_further_on(std::int64_t titles)
    {
        const Sql sql = title_further_on.in(query_.direction);
        std::vector<Value> parameters{place_.key, place_.uploaded_at, titles - 1};
        Rows rows = co_await run(sql, std::move(parameters), titles <= tuning_.first_window);
        if (rows.empty())
            co_return std::nullopt;
        co_return TitlePlace{std::string(rows.front().text(0)), rows.front().integer(1)};
    }

    static void add_tests(std::vector<Value>& parameters, const Tests& tests)
    {
        parameters.emplace_back(tests.status);
        parameters.emplace_back(tests.needle);
        parameters.emplace_back(json_of(tests.tags));
    }

    Task<Rows> run(Sql sql, std::vector<Value> parameters, bool here)
    {
        if (here) {
            Rows rows = co_await db_.read(sql, std::move(parameters));
            co_return rows;
        }
        Rows rows = co_await db_.scan(sql, std::move(parameters), patience_ms);
        co_return rows;
    }

    void take(const Rows& rows)
    {
        for (std::size_t i = 0; i < rows.size(); ++i) {
            videos_.push_back(read_video(rows[i]));
            last_two_keys_.first = std::move(last_two_keys_.second);
            last_two_keys_.second = read_title_key(rows[i]);
        }
    }

    VideoPage finished_page()
    {
        VideoPage page{std::move(videos_), std::move(next_)};
        if (page.videos.size() < wanted_)
            return page;
        page.videos.pop_back();
        const Video& last = page.videos.back();
        page.next = query_.sort == VideoSort::date
                        ? VideoCursor{last.seq, ""}
                        : VideoCursor{in_micros(last.uploaded_at), std::move(last_two_keys_.first)};
        return page;
    }

    Database& db_;
    VideoQuery query_;
    ListTuning tuning_;
    std::string needle_; // folded; "" searches nothing
    bool indexed_ = false; // long enough for the trigram index
    std::string status_; // "" for any
    std::size_t wanted_ = 0;

    Range seqs_; // what is left to look at
    Range times_; // the same as upload times
    TitlePlace place_; // how far the walk along the titles is
    std::vector<Video> videos_;
    std::pair<std::string, std::string> last_two_keys_; // of the last video of the page, and of the one after it
    std::optional<VideoCursor> next_;
};

} // namespace

Task<VideoPage> list_videos(Database& database, VideoQuery query, ListTuning tuning)
{
    ListReader reader(database, std::move(query), tuning);
    VideoPage page = co_await reader.page();
    co_return page;
}

} // namespace vitrina
