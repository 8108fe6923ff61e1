// What the API reads out of a request besides its JSON: headers, the query of a list, a form's tags.
// Instruments: src/api/prefer.cpp
// Instruments: src/api/bearer.cpp
// Instruments: src/api/idempotency.cpp
// Instruments: src/api/page/page.cpp
// Instruments: src/api/upload_words.cpp
// Instruments: src/api/video_filter.cpp
// Instruments: src/api/page_cursor.cpp
// Instruments: src/access/access_rule.cpp
// Instruments: src/access/token_text.cpp
#include "access/access_rule.hpp"
#include "access/token_text.hpp"
#include "api/bearer.hpp"
#include "api/idempotency.hpp"
#include "api/page/page.hpp"
#include "api/prefer.hpp"
#include "api/upload_words.hpp"
#include "api/video_filter.hpp"
#include "bytes.hpp"
#include "core/video.hpp"
#include "http/uri.hpp"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <boost/json/value_from.hpp>
#include <cctype>

using namespace vitrina;
using fuzz::require;

namespace {

void check_headers(const std::string& text)
{
    Request request;
    for (const char* name : {"Prefer", "Accept-Language", "Authorization", "Idempotency-Key"})
        request.headers.add(name, text);

    if (const auto wait = preferred_wait(request, std::chrono::seconds(120)))
        require(wait->count() >= 0 && wait->count() <= 120, "nobody waits longer than the most");
    language_of(request);

    const std::string bearer = bearer_of(request);
    require(bearer.empty() || (text.ends_with(bearer) && bearer.front() != ' '), "a bearer is the end of the header");
    if (is_token_text(bearer))
        require(std::ranges::all_of(bearer.substr(3), [](unsigned char c) { return std::isalnum(c) != 0; }),
                "a token is letters and digits");

    const auto scope = idempotency_scope(request, "/v1/videos");
    if (!scope)
        return;
    require(!text.empty() && text.size() <= 255, "a key has 1 to 255 characters");
    request.caller = "someone else";
    require(*scope && **scope != **idempotency_scope(request, "/v1/videos"), "a key is its caller's own");
    require(**idempotency_scope(request, "/v1/accounts") != **idempotency_scope(request, "/v1/videos"),
            "and its route's own");
}

void check_list(const std::string& text)
{
    Request request;
    request.query = text;
    if (const auto filter = parse_video_filter(request))
        require(filter->search.size() <= 1000 && filter->tags.size() <= 20, "a filter is bounded");
    language_of(request);
    for (const VideoSort sort : {VideoSort::date, VideoSort::title}) {
        const auto cursor = parse_video_cursor(text, sort, SortDirection::descending);
        if (!cursor)
            continue;
        const std::string again = video_cursor_text(*cursor, sort, SortDirection::descending);
        const auto read = parse_video_cursor(again, sort, SortDirection::descending);
        require(read && *read == *cursor, "a cursor can be given out again");
        require(!parse_video_cursor(again, sort, SortDirection::ascending), "but not to a list the other way round");
    }
}

void check_tags(const std::string& text)
{
    const auto tags = parse_tags_text(text);
    if (!tags)
        return;
    const auto again = parse_tags_text(boost::json::serialize(boost::json::value_from(*tags)));
    require(again && *again == *tags, "tags come back as they went");
    (void)VideoTags::parse(*tags); // whatever they are, it ends
}

// The input is "ORIGIN\nHOST".
void check_origin(const std::string& text)
{
    const std::string origin = text.substr(0, text.find('\n'));
    const std::string host = text.substr(std::min(text.size(), origin.size() + 1));
    is_foreign_page(origin, host, false);
    require(is_loopback(host) || is_foreign_page(origin, host, true), "no other name leads to this machine");
    require(host == "evil.example" || is_foreign_page("https://evil.example", host, false),
            "another site is another site");
    if (is_host(host))
        require(!is_foreign_page("http://" + host, host, false), "the server's own page is its own");
    if (is_host(host) && is_loopback(host))
        require(host.starts_with("127.") || host.starts_with("[::1]") || host.starts_with("localhost"),
                "loopback is three names");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string text(fuzz::text(data, size));
    check_headers(text);
    check_list(text);
    check_tags(text);
    check_origin(text);
    return 0;
}
