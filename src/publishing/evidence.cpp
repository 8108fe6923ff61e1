#include "publishing/evidence.hpp"

#include <algorithm>
#include <array>

namespace vitrina {
namespace {

constexpr std::size_t largest = 4096;
constexpr std::string_view hidden = "[hidden]";
constexpr std::array<std::string_view, 12> secret_names{
    "bearer", // first: what follows "Authorization: Bearer" is then hidden when "authorization" is looked for
    "access_token", "refresh_token", "client_secret", "code_verifier", "id_token", "authorization",
    "fb_exchange_token", "password", "upload_id", "upload_url", "signature"};

char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c;
}

bool same(char a, char b)
{
    return lower(a) == b;
}

// Where the secret after a name ends: at the quote that closes it, or at what cannot be part of a token.
std::size_t end_of_value(std::string_view text, std::size_t at)
{
    return std::min(text.find_first_of("\"'&<> \t\r\n,;}\\", at), text.size());
}

// Cuts back to a whole character, and drops bytes that are no UTF-8.
std::string printable(std::string_view text)
{
    std::string out;
    for (std::size_t i = 0; i < text.size();) {
        const auto lead = static_cast<unsigned char>(text[i]);
        const std::size_t length = lead < 0x80 ? 1 : lead >= 0xf0 && lead < 0xf5 ? 4 : lead >= 0xe0 && lead < 0xf0 ? 3 : lead >= 0xc2 && lead < 0xe0 ? 2 : 0;
        const std::string_view rest = text.substr(i, length);
        const bool whole = length > 0 && rest.size() == length && std::all_of(rest.begin() + 1, rest.end(), [](char c) {
            return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
        });
        if (whole && (lead >= 0x20 || lead == '\n' || lead == '\t'))
            out += rest;
        i += whole ? length : 1;
    }
    return out;
}

} // namespace

std::string evidence_of(std::string_view body)
{
    // Whatever is cut off is not looked at; a secret that begins within is replaced whole.
    std::string text = printable(body.substr(0, largest * 2));
    for (const std::string_view name : secret_names) {
        auto from = text.begin();
        while ((from = std::search(from, text.end(), name.begin(), name.end(), same)) != text.end()) {
            std::size_t at = std::size_t(from - text.begin()) + name.size();
            at = std::min(text.find_first_not_of("\"': =\t%", at), text.size());
            const std::size_t end = end_of_value(text, at);
            text.replace(at, end - at, hidden);
            from = text.begin() + std::ptrdiff_t(at + hidden.size());
        }
    }
    if (text.size() <= largest)
        return text;
    return printable(std::string_view(text).substr(0, largest - 4)) + " …";
}

} // namespace vitrina
