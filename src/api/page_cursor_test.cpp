#include "api/page_cursor.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

using namespace vitrina;

TEST_CASE("a cursor comes back as it was given out, and goes into a URL as it is")
{
    CHECK(rc::check("round trip", [](const std::vector<std::string>& keys) {
        const PageCursor cursor{"videos.date", keys};
        const std::string text = cursor_text(cursor);
        RC_PRE(text.size() <= 4096);
        RC_ASSERT(text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") ==
                  std::string::npos);
        const auto parsed = parse_cursor(text, "videos.date", keys.size());
        RC_ASSERT(bool(parsed));
        RC_ASSERT(*parsed == cursor);
    }));
}

TEST_CASE("a cursor of another list, of another shape, or made up is refused")
{
    const std::string text = cursor_text({"videos.date", {"1", "2"}});
    CHECK_FALSE(parse_cursor(text, "videos.title", 2));
    CHECK_FALSE(parse_cursor(text, "videos.date", 1));
    CHECK_FALSE(parse_cursor(text + "!", "videos.date", 2));
    CHECK_FALSE(parse_cursor(text.substr(0, text.size() - 2), "videos.date", 2));
    CHECK_FALSE(parse_cursor("", "videos.date", 0));
    CHECK_FALSE(parse_cursor(std::string(5000, 'A'), "videos.date", 0));
}

TEST_CASE("any text is either a cursor or a clean refusal")
{
    CHECK(rc::check("no crash", [](const std::string& text) {
        const auto parsed = parse_cursor(text, "l", 1);
        if (!parsed)
            RC_ASSERT(parsed.error().code == "VT-REQ-006");
    }));
}

TEST_CASE("limit: absent, sane, absurd")
{
    Request request;
    CHECK(*page_limit(request) == 50);
    request.query = "limit=7";
    CHECK(*page_limit(request) == 7);
    for (const char* query :
         {"limit=0", "limit=-1", "limit=1001", "limit=", "limit=7x", "limit=99999999999999999999"}) {
        CAPTURE(query);
        request.query = query;
        CHECK(page_limit(request).error().code == "VT-REQ-005");
    }
}
