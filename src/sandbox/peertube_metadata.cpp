#include "sandbox/checks.hpp"
#include "sandbox/peertube.hpp"

#include <boost/json.hpp>

namespace vitrina::sandbox {
namespace {

namespace json = boost::json;

[[noreturn]] void invalid(std::string_view name)
{
    throw Refusal{400, "", "Incorrect request parameters: " + std::string(name), std::string(name)};
}

void check_length(const json::object& video, std::string_view name, std::size_t least, std::size_t most)
{
    if (!video.contains(name))
        return;
    const std::size_t length = count_characters(text_of(video, name)).value_or(0);
    if (length < least || length > most)
        invalid(name);
}

void check_number(const json::object& video, std::string_view name, std::int64_t least, std::int64_t most)
{
    const json::value* value = video.if_contains(name);
    if (value && (!value->is_int64() || value->as_int64() < least || value->as_int64() > most))
        invalid(name);
}

void check_tags(const json::object& video)
{
    const auto tags = texts_of(video, "tags");
    if (tags.size() > 5)
        invalid("tags");
    for (const std::string& tag : tags)
        if (const std::size_t length = count_characters(tag).value_or(0); length < 2 || length > 30)
            invalid("tags");
}

void check_schedule(const json::object& video)
{
    const json::value* schedule = video.if_contains("scheduleUpdate");
    if (!schedule)
        return;
    const json::object& update = schedule->get_object();
    check_members(update, "scheduleUpdate", {{"updateAt", Kind::text, true}, {"privacy", Kind::number}});
    check_number(update, "privacy", 1, 4);
    if (!parse_iso_time(text_of(update, "updateAt")))
        invalid("scheduleUpdate.updateAt");
}

} // namespace

void check_peertube_metadata(const json::object& video, bool new_one)
{
    check_members(video, "",
                  {{"channelId", Kind::number, new_one},
                   {"name", Kind::text, new_one},
                   {"filename", Kind::text, new_one},
                   {"privacy", Kind::number},
                   {"description", Kind::text},
                   {"tags", Kind::texts},
                   {"category", Kind::number},
                   {"licence", Kind::number},
                   {"language", Kind::text},
                   {"nsfw", Kind::boolean},
                   {"waitTranscoding", Kind::boolean},
                   {"commentsPolicy", Kind::number},
                   {"downloadEnabled", Kind::boolean},
                   {"support", Kind::text},
                   {"originallyPublishedAt", Kind::text},
                   {"scheduleUpdate", Kind::object},
                   {"videoPasswords", Kind::texts}});
    check_length(video, "name", 3, 120);
    check_length(video, "description", 3, 10'000);
    check_length(video, "support", 3, 1000);
    check_length(video, "filename", 1, 1000);
    check_length(video, "language", 2, 10);
    check_number(video, "privacy", 1, 5);
    check_number(video, "category", 1, 18);
    check_number(video, "licence", 1, 7);
    check_number(video, "commentsPolicy", 1, 3);
    check_tags(video);
    check_schedule(video);
    if (video.contains("originallyPublishedAt") && !parse_iso_time(text_of(video, "originallyPublishedAt")))
        invalid("originallyPublishedAt");
    const json::value* privacy = video.if_contains("privacy");
    if (privacy && privacy->as_int64() == 5 && texts_of(video, "videoPasswords").empty())
        invalid("videoPasswords");
}

} // namespace vitrina::sandbox
