#include "core/text_fold.hpp"
#include "library/library_fixture.hpp"
#include "library/video_list.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <rapidcheck.h>

using namespace vitrina;

namespace {

// Small enough that a dozen videos go every way a million would.
constexpr ListTuning tiny{.few = 2, .tried_titles = 1, .first_window = 3, .budget = std::chrono::milliseconds(0)};
constexpr ListTuning sorting{
    .few = 1'000, .tried_titles = 2, .first_window = 3, .budget = std::chrono::milliseconds(0)};

std::vector<Video> walk(Database& db, VideoQuery query, ListTuning tuning)
{
    std::vector<Video> found;
    while (true) {
        VideoPage page = run(list_videos(db, query, tuning));
        RC_ASSERT(page.videos.size() <= static_cast<std::size_t>(query.limit));
        found.insert(found.end(), page.videos.begin(), page.videos.end());
        if (!page.next)
            return found;
        RC_ASSERT(page.next != query.after);
        query.after = page.next;
    }
}

bool matches(const Video& video, const VideoFilter& filter)
{
    const std::string needle = fold(filter.search);
    const auto in = [&](const std::string& text) { return fold(text).find(needle) != std::string::npos; };
    const auto tagged = [&](const std::string& tag) {
        return std::find(video.tags.begin(), video.tags.end(), tag) != video.tags.end();
    };
    return (in(video.title) || in(video.description) || std::any_of(video.tags.begin(), video.tags.end(), in)) &&
           std::all_of(filter.tags.begin(), filter.tags.end(), tagged) &&
           (!filter.from || video.uploaded_at >= *filter.from) && (!filter.to || video.uploaded_at <= *filter.to) &&
           (!filter.status || video.status == *filter.status);
}

// What the list must be, found the slow way.
std::vector<Video> expected(std::vector<Video> library, const VideoQuery& query)
{
    std::erase_if(library, [&](const Video& video) { return !matches(video, query.filter); });
    const auto before = [&](const Video& a, const Video& b) {
        if (query.sort == VideoSort::date)
            return a.uploaded_at < b.uploaded_at;
        return std::pair(title_sort_key(a.title), a.uploaded_at) < std::pair(title_sort_key(b.title), b.uploaded_at);
    };
    std::sort(library.begin(), library.end(), before);
    if (query.direction == SortDirection::descending)
        std::reverse(library.begin(), library.end());
    return library;
}

std::vector<std::string> titles(const std::vector<Video>& videos)
{
    std::vector<std::string> result;
    for (const Video& video : videos)
        result.push_back(video.title);
    return result;
}

// Words that are parts of each other in many ways, folded or not.
std::string any_words()
{
    const auto word = rc::gen::element<std::string>(
        "Canción", "cancion", "can", "ON", "Ñandú", "nandu", "ﬁn", "fin", "100%", "_", "\\", "\"", "''", "한글", "글",
        "👍", "Straße", "ss", "a", "b", "\xEF\xBF\xBF", "ab", "aba", "bab", "*", "AND", "-", "^", "NEAR(");
    const auto joined = *rc::gen::element<std::string>("", " ");
    std::string text;
    for (const auto& part : *rc::gen::resize(6, rc::gen::container<std::vector<std::string>>(word)))
        text += part + joined;
    return text;
}

std::string any_needle(const std::vector<Video>& library)
{
    if (!library.empty() && *rc::gen::inRange(0, 3) > 0) {
        // A part of what is there, from 1 character to all.
        const Video& video = *rc::gen::elementOf(library);
        const std::string text = *rc::gen::element(video.title, video.description);
        std::vector<std::size_t> starts;
        for (std::size_t i = 0; i < text.size(); ++i)
            if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80)
                starts.push_back(i);
        if (!starts.empty()) {
            starts.push_back(text.size());
            const auto first = *rc::gen::inRange<std::size_t>(0, starts.size() - 1);
            const auto last = *rc::gen::inRange<std::size_t>(first + 1, starts.size());
            return text.substr(starts[first], starts[last] - starts[first]);
        }
    }
    return any_words();
}

VideoQuery any_query(const std::vector<Video>& library)
{
    VideoQuery query;
    if (*rc::gen::arbitrary<bool>())
        query.filter.search = any_needle(library);
    query.filter.tags = *rc::gen::resize(
        2, rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>("uno", "dos", "tres", "Uno")));
    if (*rc::gen::inRange(0, 4) == 0)
        query.filter.status = *rc::gen::element(VideoStatus::processing, VideoStatus::failed, VideoStatus::deleted);
    if (!library.empty() && *rc::gen::inRange(0, 3) == 0)
        query.filter.from = (*rc::gen::elementOf(library)).uploaded_at;
    if (!library.empty() && *rc::gen::inRange(0, 3) == 0)
        query.filter.to = (*rc::gen::elementOf(library)).uploaded_at;
    query.sort = *rc::gen::element(VideoSort::date, VideoSort::title);
    query.direction = *rc::gen::element(SortDirection::ascending, SortDirection::descending);
    query.limit = *rc::gen::inRange(1, 5);
    return query;
}

std::vector<Video> given_any_library(EmptyLibrary& library)
{
    static const std::vector<std::vector<std::string>> tag_lists{{}, {"uno"}, {"dos", "uno"}, {"uno", "dos", "tres"}};
    std::vector<Video> videos;
    const int count = *rc::gen::inRange(0, 12);
    for (int i = 0; i < count; ++i) {
        const auto tags = *rc::gen::elementOf(tag_lists);
        videos.push_back(library.given_video(any_words() + "x", any_words(), tags));
    }
    return videos;
}

} // namespace

TEST_CASE("newest first, unless asked otherwise")
{
    EmptyLibrary library;
    for (const char* title : {"beta", "Álfa", "gamma"})
        library.given_video(title);
    CHECK(titles(library.all()) == std::vector<std::string>{"gamma", "Álfa", "beta"});
    CHECK(titles(library.all({.direction = SortDirection::ascending})) ==
          std::vector<std::string>{"beta", "Álfa", "gamma"});
    CHECK(titles(library.all({.sort = VideoSort::title, .direction = SortDirection::ascending})) ==
          std::vector<std::string>{"Álfa", "beta", "gamma"});
    CHECK(titles(library.all({.sort = VideoSort::title, .direction = SortDirection::descending, .limit = 1})) ==
          std::vector<std::string>{"gamma", "beta", "Álfa"});
}

TEST_CASE("a search is a substring without case and accents, and every character is an ordinary one")
{
    EmptyLibrary library;
    library.given_video("Canción de cuna", "100% algodón", {"Bebés"});
    library.given_video("Otra", "a_b \\ \"c\"", {"niños"});
    const auto found = [&](const char* search) { return titles(library.all({.filter = {.search = search}})); };
    const std::vector<std::string> first{"Canción de cuna"}, second{"Otra"}, both{"Otra", "Canción de cuna"};
    CHECK(found("CANCION") == first);
    CHECK(found("ción de c") == first);
    CHECK(found("bebes") == first);
    CHECK(found("0%") == first);
    CHECK(found("%") == first);
    CHECK(found("_") == second);
    CHECK(found("\\ \"c\"") == second);
    CHECK(found("\"") == second);
    CHECK(found("o") == both);
    CHECK(found("ñ") == both);
    CHECK(found("") == both);
    CHECK(found("cunabebes").empty());
    CHECK(found("cuna\n100").empty());
    CHECK(found("zzz").empty());
    CHECK(found("* OR").empty());
}

TEST_CASE("a search cannot be read as anything but text")
{
    EmptyLibrary library;
    library.given_video("title:x OR y NEAR(z) ^a* {b} -c");
    CHECK(library.all({.filter = {.search = "OR y NEAR(z) ^a* {b} -c"}}).size() == 1);
    for (const char* search : {"document:title", "abc*", "\"\"\"", "'; DROP TABLE videos; --", "^title"})
        CHECK(library.all({.filter = {.search = search}}).empty());
    CHECK(library.all().size() == 1);
}

TEST_CASE("tags are matched exactly, all of them")
{
    EmptyLibrary library;
    library.given_video("a", "", {"uno", "dos"});
    library.given_video("b", "", {"uno"});
    library.given_video("c", "uno", {"Uno", "unos"});
    CHECK(titles(library.all({.filter = {.tags = {"uno"}}})) == std::vector<std::string>{"b", "a"});
    CHECK(titles(library.all({.filter = {.tags = {"uno", "dos"}}})) == std::vector<std::string>{"a"});
    CHECK(titles(library.all({.filter = {.tags = {"uno", "uno"}}})) == std::vector<std::string>{"b", "a"});
    CHECK(library.all({.filter = {.tags = {"un"}}}).empty());
}

TEST_CASE("upload times are compared with both ends included")
{
    EmptyLibrary library;
    const Video a = library.given_video("a"), b = library.given_video("b"), c = library.given_video("c");
    CHECK(titles(library.all({.filter = {.from = b.uploaded_at}})) == std::vector<std::string>{"c", "b"});
    CHECK(titles(library.all({.filter = {.to = b.uploaded_at}})) == std::vector<std::string>{"b", "a"});
    CHECK(titles(library.all({.filter = {.from = b.uploaded_at, .to = b.uploaded_at}})) ==
          std::vector<std::string>{"b"});
    CHECK(library.all({.filter = {.from = c.uploaded_at + std::chrono::microseconds(1)}}).empty());
    CHECK(library.all({.filter = {.to = a.uploaded_at - std::chrono::microseconds(1)}}).empty());
    CHECK(library.all({.filter = {.from = c.uploaded_at, .to = a.uploaded_at}}).empty());
}

TEST_CASE("equal titles are one list, in the order they came")
{
    EmptyLibrary library;
    std::vector<std::int64_t> seqs;
    for (int i = 0; i < 9; ++i)
        seqs.push_back(library.given_video(i % 2 ? "IMG" : "img").seq);
    std::vector<std::int64_t> found;
    for (const Video& video :
         library.all({.sort = VideoSort::title, .direction = SortDirection::ascending, .limit = 2}))
        found.push_back(video.seq);
    CHECK(found == seqs);
}

TEST_CASE("a made-up cursor finds what lies behind it, or nothing")
{
    EmptyLibrary library;
    library.given_video("a");
    for (std::int64_t position : {std::numeric_limits<std::int64_t>::min(), std::int64_t{-1}, std::int64_t{0},
                                  std::int64_t{1}, std::numeric_limits<std::int64_t>::max()})
        for (VideoSort sort : {VideoSort::date, VideoSort::title})
            for (SortDirection direction : {SortDirection::ascending, SortDirection::descending}) {
                VideoQuery query{.sort = sort, .direction = direction, .after = VideoCursor{position, "\xFF"}};
                CHECK(run(library.videos.list(query)).videos.size() <= 1);
            }
}

TEST_CASE("every list is what the naive search finds, page by page, whichever way it is found")
{
    CHECK(rc::check("lists", [] {
        EmptyLibrary library;
        std::vector<Video> videos = given_any_library(library);
        for (int i = 0; i < 6; ++i) {
            const VideoQuery query = any_query(videos);
            const auto wanted = expected(videos, query);
            RC_ASSERT(titles(walk(*library.db, query, {})) == titles(wanted));
            RC_ASSERT(walk(*library.db, query, tiny) == wanted);
            RC_ASSERT(walk(*library.db, query, sorting) == wanted);
        }
    }));
}

TEST_CASE("who pages through while others add, change and delete sees every lasting video once")
{
    CHECK(rc::check("pages", [] {
        EmptyLibrary library;
        std::vector<Video> lasting = given_any_library(library);
        VideoQuery query;
        query.sort = *rc::gen::element(VideoSort::date, VideoSort::title);
        query.direction = *rc::gen::element(SortDirection::ascending, SortDirection::descending);
        query.limit = *rc::gen::inRange(1, 4);
        query.filter.search = *rc::gen::element<std::string>("", "x", "x x");
        const auto wanted = expected(lasting, query);

        std::vector<Video> passing, seen;
        while (true) {
            const VideoPage page = run(list_videos(*library.db, query, *rc::gen::element(tiny, sorting, ListTuning{})));
            seen.insert(seen.end(), page.videos.begin(), page.videos.end());
            if (!page.next)
                break;
            query.after = page.next;
            if (!passing.empty() && *rc::gen::arbitrary<bool>()) {
                const VideoId gone = passing.back().id;
                passing.pop_back();
                auto remove = [&]() -> Task<> {
                    auto transaction = co_await library.db->begin();
                    co_await library.videos.mark_deleted(*transaction, gone);
                    co_await transaction->commit();
                };
                run(remove());
            } else if (passing.size() < 5) {
                passing.push_back(library.given_video(any_words() + "y"));
            }
        }
        std::erase_if(seen, [&](const Video& video) { return video.title.ends_with("y"); });
        RC_ASSERT(seen == wanted);
    }));
}
