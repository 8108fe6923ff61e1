#include "publishing/platforms/post_text.hpp"

#include <algorithm>

namespace vitrina {
namespace {

bool starts_character(char c)
{
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
}

} // namespace

bool is_list_of_texts(const boost::json::value& value)
{
    const auto* list = value.if_array();
    return list && std::ranges::all_of(*list, [](const auto& item) { return item.is_string(); });
}

std::string option_text(const PublishOrder& order, std::string_view name, std::string_view fallback)
{
    const auto* value = order.options.if_contains(name);
    const auto* text = value ? value->if_string() : nullptr;
    return text ? std::string(text->data(), text->size()) : std::string(fallback);
}

bool option_yes(const PublishOrder& order, std::string_view name, bool fallback)
{
    const auto* value = order.options.if_contains(name);
    const auto* yes = value ? value->if_bool() : nullptr;
    return yes ? *yes : fallback;
}

PostText post_text(const PublishOrder& order)
{
    PostText text{option_text(order, "title", order.title), option_text(order, "description", order.description),
                  order.tags};
    const auto* tags = order.options.if_contains("tags");
    if (tags && is_list_of_texts(*tags)) {
        text.tags.clear();
        for (const auto& tag : tags->get_array())
            text.tags.emplace_back(tag.get_string());
    }
    return text;
}

std::size_t characters(std::string_view text)
{
    return std::size_t(std::ranges::count_if(text, starts_character));
}

std::string_view first_characters(std::string_view text, std::size_t count)
{
    std::size_t at = 0;
    for (std::size_t seen = 0; at < text.size(); ++at) {
        if (starts_character(text[at]) && seen++ == count)
            break;
    }
    return text.substr(0, at);
}

std::string url_escape(std::string_view text)
{
    static constexpr char hex[] = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                           c == '.' || c == '_' || c == '~';
        if (plain) {
            out += c;
            continue;
        }
        out += '%';
        out += hex[static_cast<unsigned char>(c) >> 4];
        out += hex[static_cast<unsigned char>(c) & 15];
    }
    return out;
}

std::string form_body(const HttpFields& fields)
{
    std::string body;
    for (const auto& [name, value] : fields) {
        if (!body.empty())
            body += '&';
        body += url_escape(name) + '=' + url_escape(value);
    }
    return body;
}

} // namespace vitrina
