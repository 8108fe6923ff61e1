#include "http/content_disposition.hpp"

#include "http/grammar.hpp"
#include "http/uri.hpp"

#include <algorithm>

namespace vitrina {
namespace {

// One '_' for each character an old client could not read, or that could end the string or climb out of a folder.
std::string ascii_name(std::string_view name)
{
    std::string out;
    for (char c : name) {
        const auto byte = static_cast<unsigned char>(c);
        if ((byte & 0xc0) == 0x80)
            continue; // the rest of a UTF-8 character
        out += byte < 0x20 || byte >= 0x7f || c == '"' || c == '\\' || c == '/' || c == '%' ? '_' : c;
    }
    return out;
}

std::string true_name(std::string_view name)
{
    std::string out(name);
    for (char& c : out)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f || c == '/' || c == '\\')
            c = '_';
    return out;
}

std::string disposition(std::string_view how, std::string_view filename)
{
    const std::string plain = ascii_name(filename), name = true_name(filename);
    std::string out(how);
    ((out += "; filename=\"") += plain) += '"';
    if (plain != name)
        (out += "; filename*=UTF-8''") += percent_encode(name);
    return out;
}

// A quoted value as browsers write it: they escape only '"' (as %22 or \"), CR and LF; older ones send paths with
// lone backslashes. So a backslash counts as an escape only before '"' or another backslash.
std::optional<std::string> take_browser_string(std::string_view& text)
{
    std::string value;
    for (std::size_t i = 1; i < text.size(); ++i) {
        if (text[i] == '"') {
            text.remove_prefix(i + 1);
            return value;
        }
        if (text[i] == '\\' && i + 1 < text.size() && (text[i + 1] == '"' || text[i + 1] == '\\'))
            ++i;
        value += text[i];
    }
    return std::nullopt;
}

// %22, %0D and %0A are the only escapes of the HTML standard; any other % is the character itself.
std::string undo_browser_escapes(std::string_view text)
{
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto escape = text.substr(i, 3);
        const char c = escape == "%22"                ? '"'
                       : grammar::same(escape, "%0d") ? '\r'
                       : grammar::same(escape, "%0a") ? '\n'
                                                      : '\0';
        out += c ? c : text[i];
        i += c ? 2 : 0;
    }
    return out;
}

} // namespace

std::string attachment(std::string_view filename)
{
    return disposition("attachment", filename);
}

std::string inline_disposition(std::string_view filename)
{
    return disposition("inline", filename);
}

std::optional<FormDisposition> FormDisposition::parse(std::string_view text)
{
    const auto type = grammar::trim(text.substr(0, text.find(';')));
    if (!grammar::same(type, "form-data"))
        return std::nullopt;
    text.remove_prefix(std::min(text.find(';'), text.size()));

    std::optional<std::string> name, filename, extended;
    while (!text.empty()) {
        text = grammar::trim(text);
        if (text.empty())
            break;
        if (text.front() != ';')
            return std::nullopt;
        text = grammar::trim(text.substr(1));
        const auto equals = text.find('=');
        if (equals == std::string_view::npos)
            break;
        const std::string key = grammar::lower(grammar::trim(text.substr(0, equals)));
        text = grammar::trim(text.substr(equals + 1));
        std::string value;
        if (text.starts_with('"')) {
            auto quoted = take_browser_string(text);
            if (!quoted)
                return std::nullopt;
            value = undo_browser_escapes(*quoted);
        } else {
            value = grammar::trim(text.substr(0, text.find(';')));
            text.remove_prefix(std::min(text.find(';'), text.size()));
        }
        // The first one counts: a second "name" must not change what a filter before us saw.
        if (key == "name" && !name)
            name = std::move(value);
        else if (key == "filename" && !filename)
            filename = std::move(value);
        else if (key == "filename*" && !extended)
            extended = decode_extended_value(value);
    }
    if (!name)
        return std::nullopt;
    return FormDisposition{std::move(*name), extended ? std::move(extended) : std::move(filename)};
}

std::optional<std::string> decode_extended_value(std::string_view text)
{
    const auto first = text.find('\'');
    const auto second = first == std::string_view::npos ? first : text.find('\'', first + 1);
    if (second == std::string_view::npos)
        return std::nullopt;
    auto decoded = percent_decode(text.substr(second + 1));
    const auto charset = text.substr(0, first);
    if (!decoded || grammar::same(charset, "utf-8"))
        return decoded;
    if (!grammar::same(charset, "iso-8859-1"))
        return std::nullopt;
    std::string utf8;
    for (char c : *decoded) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x80)
            utf8 += c;
        else
            (utf8 += char(0xc0 | byte >> 6)) += char(0x80 | (byte & 0x3f));
    }
    return utf8;
}

} // namespace vitrina
