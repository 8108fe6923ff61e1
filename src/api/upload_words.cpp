#include "api/upload_words.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

namespace vitrina {

namespace json = boost::json;

namespace {

Fault tags_are_wrong()
{
    return {FaultKind::invalid,
            "VT-UPL-013",
            "tags must be a JSON array of strings, such as [\"beach\", \"2026\"].",
            {},
            {{"/tags", "must be a JSON array of strings"}}};
}

} // namespace

Result<std::vector<std::string>> parse_tags_text(std::string_view text)
{
    std::vector<std::string> tags;
    if (text.find_first_not_of(" \t\r\n") == std::string_view::npos)
        return tags;
    json::error_code error;
    json::parse_options options;
    options.max_depth = 2;
    const json::value parsed = json::parse({text.data(), text.size()}, error, {}, options);
    if (error || !parsed.is_array())
        return tags_are_wrong();
    for (const json::value& tag : parsed.get_array()) {
        if (!tag.is_string())
            return tags_are_wrong();
        const std::string_view word = tag.get_string();
        if (word.find_first_not_of(" \t\r\n") != std::string_view::npos) // a form's empty field is no tag
            tags.emplace_back(word);
    }
    return tags;
}

Result<VideoWords> video_words(const UploadForm& form)
{
    auto title = VideoTitle::parse(form.title.value_or(std::string()));
    if (!title)
        return title.error();
    auto description = VideoDescription::parse(form.description.value_or(std::string()));
    if (!description)
        return description.error();
    auto texts = parse_tags_text(form.tags.value_or(std::string()));
    if (!texts)
        return texts.error();
    auto tags = VideoTags::parse(*texts);
    if (!tags)
        return tags.error();
    return VideoWords{std::move(*title), std::move(*description), std::move(*tags)};
}

} // namespace vitrina
