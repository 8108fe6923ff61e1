#include "publishing/platforms/linkedin_text.hpp"

namespace vitrina {
namespace {

constexpr std::string_view marks = "\\|{}@[]()<>#*_~";

// Of a word in any script: everything but what separates words, and marks.
bool is_of_a_word(char c)
{
    const bool punctuation = c > 0 && !((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'));
    return !punctuation;
}

} // namespace

std::string little_text(std::string_view text)
{
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        const bool begins = i == 0 || !is_of_a_word(text[i - 1]);
        const bool is_hashtag = c == '#' && begins && i + 1 < text.size() && is_of_a_word(text[i + 1]);
        if (marks.find(c) != marks.npos && !is_hashtag)
            out += '\\';
        out += c;
    }
    return out;
}

} // namespace vitrina
