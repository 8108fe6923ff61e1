#include "http/media_type.hpp"

#include "http/grammar.hpp"

namespace vitrina {
namespace {

// Takes a quoted-string, its quotes already seen at the front; nothing when it never ends.
std::optional<std::string> take_quoted(std::string_view& text)
{
    std::string value;
    for (std::size_t i = 1; i < text.size(); ++i) {
        if (text[i] == '"') {
            text.remove_prefix(i + 1);
            return value;
        }
        if (text[i] == '\\' && i + 1 < text.size())
            ++i;
        value += text[i];
    }
    return std::nullopt;
}

} // namespace

std::optional<std::vector<std::pair<std::string, std::string>>> parse_parameters(std::string_view text)
{
    std::vector<std::pair<std::string, std::string>> parameters;
    for (text = grammar::trim(text); !text.empty(); text = grammar::trim(text)) {
        if (text.front() != ';')
            return std::nullopt;
        text = grammar::trim(text.substr(1));
        if (text.empty() || text.front() == ';')
            continue;
        const auto equals = text.find('=');
        if (equals == std::string_view::npos || !grammar::is_token(text.substr(0, equals)))
            return std::nullopt;
        std::string name = grammar::lower(text.substr(0, equals));
        text.remove_prefix(equals + 1);
        if (text.starts_with('"')) {
            auto value = take_quoted(text);
            if (!value)
                return std::nullopt;
            parameters.emplace_back(std::move(name), std::move(*value));
        } else {
            const auto value = grammar::trim(text.substr(0, text.find(';')));
            if (!grammar::is_token(value))
                return std::nullopt;
            text.remove_prefix(std::min(text.find(';'), text.size()));
            parameters.emplace_back(std::move(name), value);
        }
    }
    return parameters;
}

std::optional<MediaType> MediaType::parse(std::string_view text)
{
    const auto end = std::min(text.find(';'), text.size());
    const auto type = grammar::trim(text.substr(0, end));
    const auto slash = type.find('/');
    if (slash == std::string_view::npos || !grammar::is_token(type.substr(0, slash)) ||
        !grammar::is_token(type.substr(slash + 1)))
        return std::nullopt;
    auto parameters = parse_parameters(text.substr(end));
    if (!parameters)
        return std::nullopt;
    return MediaType{grammar::lower(type), std::move(*parameters)};
}

std::optional<std::string_view> MediaType::parameter(std::string_view name) const
{
    for (const auto& [key, value] : parameters)
        if (key == name)
            return value;
    return std::nullopt;
}

} // namespace vitrina
