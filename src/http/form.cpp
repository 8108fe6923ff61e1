#include "http/form.hpp"

#include "http/grammar.hpp"

namespace vitrina {

std::string form_decode(std::string_view text)
{
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '+') {
            out += ' ';
        } else if (text[i] == '%' && i + 2 < text.size() && grammar::hex_value(text[i + 1]) >= 0 &&
                   grammar::hex_value(text[i + 2]) >= 0) {
            out += char(grammar::hex_value(text[i + 1]) * 16 + grammar::hex_value(text[i + 2]));
            i += 2;
        } else {
            out += text[i];
        }
    }
    return out;
}

std::string form_encode(std::string_view text)
{
    static constexpr char hex[] = "0123456789ABCDEF";
    std::string out;
    for (char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == ' ')
            out += '+';
        else if (grammar::is_unreserved(c) && c != '~')
            out += c;
        else
            (out += '%') += {hex[byte >> 4], hex[byte & 15]};
    }
    return out;
}

std::optional<FormFields> parse_form(std::string_view text, std::size_t most)
{
    FormFields fields;
    while (!text.empty()) {
        const auto end = text.find('&');
        const auto field = text.substr(0, end);
        text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
        if (field.empty())
            continue;
        if (fields.size() == most)
            return std::nullopt;
        const auto equals = field.find('=');
        fields.emplace_back(form_decode(field.substr(0, equals)),
                            equals == std::string_view::npos ? std::string{} : form_decode(field.substr(equals + 1)));
    }
    return fields;
}

} // namespace vitrina
