#include "app/dotenv.hpp"

#include <cctype>
#include <string_view>

namespace vitrina {
namespace {

std::string_view trimmed(std::string_view text)
{
    while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front())))
        text.remove_prefix(1);
    while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())))
        text.remove_suffix(1);
    return text;
}

std::string_view unquoted(std::string_view text)
{
    if (text.size() >= 2 && (text.front() == '"' || text.front() == '\'') && text.back() == text.front())
        return text.substr(1, text.size() - 2);
    const auto comment = text.find(" #");
    return comment == std::string_view::npos ? text : trimmed(text.substr(0, comment));
}

} // namespace

Result<std::vector<DotenvEntry>> parse_dotenv(std::istream& file)
{
    std::vector<DotenvEntry> entries;
    std::string line;
    for (int number = 1; std::getline(file, line); ++number) {
        std::string_view text = trimmed(line);
        if (text.starts_with("export "))
            text = trimmed(text.substr(7));
        if (text.empty() || text.front() == '#')
            continue;
        const auto equals = text.find('=');
        if (equals == std::string_view::npos)
            return Fault{FaultKind::invalid,
                         "VT-CFG-002",
                         ".env, line " + std::to_string(number) + ": expected NAME=value.",
                         {},
                         {},
                         {}};
        entries.push_back(
            {std::string(trimmed(text.substr(0, equals))), std::string(unquoted(trimmed(text.substr(equals + 1))))});
    }
    return entries;
}

} // namespace vitrina
