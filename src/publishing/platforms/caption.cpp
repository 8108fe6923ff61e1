#include "publishing/platforms/caption.hpp"

#include "publishing/platforms/post_text.hpp"

#include <cctype>

namespace vitrina {

std::string hashtag(const std::string& tag)
{
    std::string out = "#";
    for (const char c : tag) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 0x80 || std::isalnum(byte) || c == '_')
            out += c;
    }
    return out.size() > 1 ? out : std::string();
}

std::string caption(const PublishOrder& order, std::size_t most, const std::function<bool(const std::string&)>& fits)
{
    if (std::string text = option_text(order, "text"); !text.empty())
        return text;
    const PostText words = post_text(order);
    std::string text(first_characters(words.title, most));
    if (!words.description.empty() && fits(text + "\n\n" + words.description))
        text += "\n\n" + words.description;
    std::string separator = "\n\n";
    for (const std::string& tag : words.tags) {
        const std::string hash = hashtag(tag);
        if (hash.empty() || !fits(text + separator + hash))
            continue;
        text += separator + hash;
        separator = " ";
    }
    return text;
}

} // namespace vitrina
