#include "core/comma_list.hpp"

#include <algorithm>

namespace vitrina {

std::vector<std::string_view> comma_list(std::string_view text)
{
    std::vector<std::string_view> words;
    while (!text.empty()) {
        const auto comma = std::min(text.find(','), text.size());
        std::string_view word = text.substr(0, comma);
        text.remove_prefix(std::min(comma + 1, text.size()));
        while (word.starts_with(' '))
            word.remove_prefix(1);
        while (word.ends_with(' '))
            word.remove_suffix(1);
        if (!word.empty())
            words.push_back(word);
    }
    return words;
}

} // namespace vitrina
