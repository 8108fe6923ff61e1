#include "publishing/platform_rules.hpp"

#include "publishing/platforms/post_text.hpp"
#include "publishing/weighted_length.hpp"

#include <algorithm>
#include <cstdio>
#include <string>

namespace vitrina {
namespace {

namespace json = boost::json;

std::string decimal(double number)
{
    char text[32];
    std::snprintf(text, sizeof text, "%.4g", number);
    return text;
}

std::string of_bytes(std::uint64_t bytes)
{
    constexpr std::uint64_t mega = 1'000'000, giga = 1'000 * mega;
    if (bytes >= giga && bytes % giga == 0)
        return std::to_string(bytes / giga) + " GB";
    return bytes >= mega && bytes % mega == 0 ? std::to_string(bytes / mega) + " MB" : std::to_string(bytes) + " bytes";
}

std::string_view unit_name(TextUnit unit)
{
    switch (unit) {
    case TextUnit::bytes: return "bytes";
    case TextUnit::utf16_units: return "UTF-16 units";
    case TextUnit::weighted: return "characters as X counts them";
    case TextUnit::characters: break;
    }
    return "characters";
}

// "1 to 100 characters", "at most 100 characters"
std::string span(const TextRule& rule)
{
    const std::string most = std::to_string(rule.most) + " " + std::string(unit_name(rule.unit));
    return rule.least > 0 ? std::to_string(rule.least) + " to " + most : "at most " + most;
}

class Check {
public:
    Check(std::string_view network, const PlatformRules& rules, const PublishOrder& order)
        : network_(network), rules_(rules), order_(order)
    {
    }

    std::vector<FieldError> all()
    {
        options();
        words();
        tags();
        file();
        return std::move(errors_);
    }

private:
    void broken(std::string pointer, std::string detail) { errors_.push_back({std::move(pointer), std::move(detail)}); }
    std::string takes(const std::string& what) const { return network_ + " takes " + what; }

    void options()
    {
        for (const auto& [key, value] : order_.options)
            option(std::string(key), value);
        for (const OptionRule& rule : rules_.options) {
            if (rule.required && !order_.options.contains(rule.name))
                broken("/" + std::string(rule.name), network_ + " wants this option to be chosen" + among(rule));
        }
    }

    static std::string among(const OptionRule& rule)
    {
        std::string words;
        for (std::size_t i = 0; i < rule.choices.size(); ++i)
            words += (i == 0 ? ": " : i + 1 == rule.choices.size() ? " or " : ", ") + std::string(rule.choices[i]);
        return words;
    }

    void option(const std::string& name, const json::value& value)
    {
        if (name == "tags") {
            if (!is_list_of_texts(value))
                broken("/tags", "must be a list of texts");
            return;
        }
        if (name == "title" || name == "description") {
            if (!value.is_string())
                broken("/" + name, "must be a text");
            return;
        }
        const auto rule = std::ranges::find(rules_.options, name, &OptionRule::name);
        if (rule == rules_.options.end())
            broken("/" + name, "is not an option of this platform");
        else
            option(*rule, value);
    }

    void option(const OptionRule& rule, const json::value& value)
    {
        const std::string pointer = "/" + std::string(rule.name);
        switch (rule.kind) {
        case OptionRule::Kind::flag:
            if (!value.is_bool())
                broken(pointer, "must be true or false");
            return;
        case OptionRule::Kind::number:
            if (!value.is_int64() || value.get_int64() < 0)
                broken(pointer, "must be a whole number that is not negative");
            return;
        case OptionRule::Kind::texts:
            if (!is_list_of_texts(value))
                broken(pointer, "must be a list of texts");
            return;
        case OptionRule::Kind::text: break;
        }
        const auto* text = value.if_string();
        if (!text) {
            broken(pointer, "must be a text");
            return;
        }
        const std::string_view words(text->data(), text->size());
        if (!rule.choices.empty() && std::ranges::find(rule.choices, words) == rule.choices.end())
            broken(pointer, "must be one of these" + among(rule));
        if (rule.length.most > 0)
            length(std::string(rule.name), rule.length, words);
    }

    void length(const std::string& field, const TextRule& rule, std::string_view words)
    {
        const std::size_t count = text_length(rule.unit, words);
        if (count > rule.most || count < rule.least)
            broken("/" + field, takes("a " + field + " of " + span(rule)) + "; this one has " + std::to_string(count));
        forbidden("/" + field, rule.without, words);
    }

    void forbidden(const std::string& pointer, std::string_view without, std::string_view words)
    {
        if (words.find_first_of(without) == words.npos)
            return;
        std::string listed;
        for (const char c : without)
            listed += (listed.empty() ? "" : " or ") + std::string(1, c);
        broken(pointer, takes("no " + listed + " here"));
    }

    void words()
    {
        const PostText text = post_text(order_);
        if (rules_.title.most > 0)
            length("title", rules_.title, text.title);
        if (rules_.description.most > 0)
            length("description", rules_.description, text.description);
        if (rules_.text.most > 0 && order_.options.contains("text"))
            length("text", rules_.text, option_text(order_, "text"));
    }

    void tags()
    {
        const TagRules& rules = rules_.tags;
        const std::vector<std::string> tags = post_text(order_).tags;
        if (rules.most > 0 && tags.size() > rules.most)
            broken("/tags",
                   takes("at most " + std::to_string(rules.most) + " tags; these are " + std::to_string(tags.size())));
        for (const std::string& tag : tags) {
            const std::size_t count = characters(tag);
            if (count < rules.shortest || (rules.longest > 0 && count > rules.longest))
                broken("/tags",
                       takes("tags of " + std::to_string(rules.shortest) + " to " + std::to_string(rules.longest) +
                             " characters; \"" + tag + "\" has " + std::to_string(count)));
            forbidden("/tags", rules.without, tag);
        }
    }

    // Of a file whose measures are not known yet nothing is asked.
    void file()
    {
        const MediaRules& media = rules_.media;
        if (media.largest > 0 && order_.size > media.largest)
            broken("",
                   takes("files of at most " + of_bytes(media.largest)) + "; this one has " + of_bytes(order_.size));
        if (order_.size < media.smallest)
            broken("",
                   takes("files of at least " + of_bytes(media.smallest)) + "; this one has " + of_bytes(order_.size));
        if (!media.types.empty() && !order_.content_type.empty() &&
            std::ranges::find(media.types, order_.content_type) == media.types.end())
            broken("", network_ + " does not take " + order_.content_type);
        const double seconds = std::chrono::duration<double>(order_.duration).count();
        measure("videos", "seconds", seconds, std::chrono::duration<double>(media.shortest).count(),
                std::chrono::duration<double>(media.longest).count());
        measure("pictures", "pixels across", order_.width, media.narrowest, media.widest);
        measure("pictures", "pixels down", order_.height, media.lowest, media.highest);
        measure("videos", "frames per second", order_.frame_rate, media.slowest, media.fastest);
        if (order_.width > 0 && order_.height > 0)
            measure("pictures", "times as wide as high", double(order_.width) / order_.height, media.tallest,
                    media.broadest);
    }

    void measure(const std::string& things, const std::string& unit, double value, double least, double most)
    {
        if (value <= 0)
            return;
        if (value < least)
            broken("",
                   takes(things + " of at least " + decimal(least) + " " + unit) + "; this one has " + decimal(value));
        if (most > 0 && value > most)
            broken("",
                   takes(things + " of at most " + decimal(most) + " " + unit) + "; this one has " + decimal(value));
    }

    std::string network_;
    const PlatformRules& rules_;
    const PublishOrder& order_;
    std::vector<FieldError> errors_;
};

} // namespace

std::size_t text_length(TextUnit unit, std::string_view text)
{
    switch (unit) {
    case TextUnit::bytes: return text.size();
    // Four bytes of UTF-8 are a pair of surrogates.
    case TextUnit::utf16_units:
        return characters(text) + std::size_t(std::ranges::count_if(
                                      text, [](char c) { return (static_cast<unsigned char>(c) & 0xf8) == 0xf0; }));
    case TextUnit::weighted: return weighted_length(text);
    case TextUnit::characters: break;
    }
    return characters(text);
}

std::vector<FieldError> check_rules(std::string_view network, const PlatformRules& rules, const PublishOrder& order)
{
    return Check(network, rules, order).all();
}

} // namespace vitrina
