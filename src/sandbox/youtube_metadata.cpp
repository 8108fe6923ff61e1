#include "sandbox/checks.hpp"
#include "sandbox/youtube.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <array>

namespace vitrina::sandbox {
namespace {

namespace json = boost::json;

constexpr std::size_t most_title_characters = 100;
constexpr std::size_t most_description_bytes = 5000;
constexpr std::size_t most_tag_characters = 500;

constexpr std::array categories{"1",  "2",  "10", "15", "17", "18", "19", "20", "21", "22", "23",
                                "24", "25", "26", "27", "28", "29", "30", "31", "32", "33", "34",
                                "35", "36", "37", "38", "39", "40", "41", "42", "43", "44"};

bool has_angle_bracket(std::string_view text)
{
    return text.find_first_of("<>") != text.npos;
}

void check_title(const std::string& title)
{
    const auto characters = count_characters(title).value_or(0);
    const bool blank = title.find_first_not_of(" \t\r\n") == title.npos;
    if (blank || characters > most_title_characters || has_angle_bracket(title))
        throw Refusal{400, "invalidTitle", "The request metadata specifies an invalid or empty video title.",
                      "body.snippet.title"};
}

void check_description(const std::string& description)
{
    if (description.size() > most_description_bytes || has_angle_bracket(description))
        throw Refusal{400, "invalidDescription", "The request metadata specifies an invalid video description.",
                      "body.snippet.description"};
}

void check_tags(const std::vector<std::string>& tags)
{
    std::size_t characters = tags.empty() ? 0 : tags.size() - 1; // the commas between them
    bool sane = true;
    for (const std::string& tag : tags) {
        characters += count_characters(tag).value_or(0);
        characters += tag.find(' ') == tag.npos ? 0 : 2; // YouTube puts such a tag into quotes
        sane = sane && !tag.empty() && !has_angle_bracket(tag);
    }
    if (!sane || characters > most_tag_characters)
        throw Refusal{400, "invalidTags", "The request metadata specifies invalid video keywords.",
                      "body.snippet.tags"};
}

void check_snippet(const json::object& snippet)
{
    check_members(snippet, "snippet",
                  {{"title", Kind::text},
                   {"description", Kind::text},
                   {"tags", Kind::texts},
                   {"categoryId", Kind::text},
                   {"defaultLanguage", Kind::text},
                   {"defaultAudioLanguage", Kind::text}});
    check_title(text_of(snippet, "title"));
    check_description(text_of(snippet, "description"));
    check_tags(texts_of(snippet, "tags"));
    const std::string category = text_of(snippet, "categoryId");
    if (snippet.contains("categoryId") && std::find(categories.begin(), categories.end(), category) == categories.end())
        throw Refusal{400, "invalidCategoryId", "The snippet.categoryId property specifies an invalid category ID.",
                      "body.snippet.categoryId"};
}

void check_status(const json::object& status, Instant now)
{
    check_members(status, "status",
                  {{"privacyStatus", Kind::text},
                   {"publishAt", Kind::text},
                   {"license", Kind::text},
                   {"embeddable", Kind::boolean},
                   {"publicStatsViewable", Kind::boolean},
                   {"selfDeclaredMadeForKids", Kind::boolean},
                   {"containsSyntheticMedia", Kind::boolean}});
    const auto one_of = [&](std::string_view name, std::initializer_list<std::string_view> values) {
        return !status.contains(name) || std::find(values.begin(), values.end(), text_of(status, name)) != values.end();
    };
    if (!one_of("privacyStatus", {"public", "unlisted", "private"}))
        throw Refusal{400, "badRequest", "Invalid value at 'status.privacyStatus'.", "body.status.privacyStatus"};
    if (!one_of("license", {"youtube", "creativeCommon"}))
        throw Refusal{400, "badRequest", "Invalid value at 'status.license'.", "body.status.license"};
    if (!status.contains("publishAt"))
        return;
    const auto publish_at = parse_iso_time(text_of(status, "publishAt"));
    if (!publish_at || *publish_at <= now || text_of(status, "privacyStatus") != "private")
        throw Refusal{400, "invalidPublishAt", "The request metadata specifies an invalid scheduled publishing time.",
                      "body.status.publishAt"};
}

} // namespace

void check_youtube_metadata(const json::object& video, const std::vector<std::string>& parts, Instant now)
{
    check_members(video, "", {{"id", Kind::text}, {"snippet", Kind::object}, {"status", Kind::object}});
    const auto named = [&](std::string_view part) {
        if (std::find(parts.begin(), parts.end(), part) != parts.end())
            return true;
        if (video.contains(part))
            throw Refusal{400, "unexpectedPart",
                          "The body has the part \"" + std::string(part) + "\" that the part parameter does not name.",
                          "part"};
        return false;
    };
    const auto part = [&](std::string_view name) {
        const json::value* value = video.if_contains(name);
        return value ? value->get_object() : json::object();
    };
    if (named("snippet"))
        check_snippet(part("snippet"));
    if (named("status"))
        check_status(part("status"), now);
}

std::int64_t pacific_day(Instant now)
{
    using namespace std::chrono;
    // Daylight saving time holds from 10:00 UTC on the second Sunday of March to 09:00 UTC on the first of November.
    const year this_year = year_month_day{floor<days>(now)}.year();
    const auto begin = sys_days{this_year / March / Sunday[2]} + hours{10};
    const auto end = sys_days{this_year / November / Sunday[1]} + hours{9};
    const hours offset = now >= begin && now < end ? hours{-7} : hours{-8};
    return floor<days>(now + offset).time_since_epoch().count();
}

} // namespace vitrina::sandbox
