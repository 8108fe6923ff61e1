#include "publishing/evidence.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace vitrina {
namespace {

constexpr std::size_t largest = 4096;
constexpr std::string_view hidden = "[hidden]";
constexpr std::array<std::string_view, 14> secret_names{
    "bearer",    "access_token", "refresh_token", "client_secret",     "code_verifier",
    "id_token",  "signature",    "authorization", "fb_exchange_token", "password",
    "upload_id", "upload_url",   "upload_token",  "upload_link"};

char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c;
}

bool same(char a, char b)
{
    return lower(a) == b;
}

// A secret in a text: from what is not between a name and its value (JSON, also within JSON; forms; headers; XML) to
// the quote that closes it, or to what cannot be part of a token; of an address, with all that its query says.
struct Stretch {
    std::size_t from, to;
};

Stretch value_after_name(std::string_view text, std::size_t at)
{
    const std::size_t from = std::min(text.find_first_not_of("\"': =\t\r\n%\\>", at), text.size());
    const bool is_address = text.substr(from).starts_with("http");
    const std::string_view ends = is_address ? "\"'<> \t\r\n" : "\"'&<> \t\r\n,;}\\";
    return {from, std::min(text.find_first_of(ends, from), text.size())};
}

// In the text as it came: a name may itself stand where another name's value is looked for ("authorization: Bearer …").
std::vector<Stretch> secrets_in(std::string_view text)
{
    std::vector<Stretch> secrets;
    for (const std::string_view name : secret_names) {
        auto found = std::search(text.begin(), text.end(), name.begin(), name.end(), same);
        for (; found != text.end(); found = std::search(found + 1, text.end(), name.begin(), name.end(), same))
            secrets.push_back(value_after_name(text, std::size_t(found - text.begin()) + name.size()));
    }
    std::ranges::sort(secrets, {}, &Stretch::from);
    return secrets;
}

std::string without_secrets(std::string_view text)
{
    std::string out;
    std::size_t done = 0;
    for (const Stretch& secret : secrets_in(text)) {
        if (secret.from >= done) {
            out += text.substr(done, secret.from - done);
            out += hidden;
        }
        done = std::max(done, secret.to);
    }
    return out += text.substr(done);
}

// The length of the character that the text begins with; 0 when it is no UTF-8 (too long a form, a surrogate, past the
// last one, cut off).
std::size_t character_at_front(std::string_view text)
{
    const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned lead = byte(0);
    const std::size_t length = lead < 0x80   ? 1
                               : lead < 0xc2 ? 0
                               : lead < 0xe0 ? 2
                               : lead < 0xf0 ? 3
                               : lead < 0xf5 ? 4
                                             : 0;
    if (length < 2)
        return length;
    if (text.size() < length)
        return 0;
    const unsigned lowest = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    const unsigned highest = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    if (byte(1) < lowest || byte(1) > highest)
        return 0;
    for (std::size_t i = 2; i < length; ++i)
        if ((byte(i) & 0xc0) != 0x80)
            return 0;
    return length;
}

// Cuts back to a whole character, and drops bytes that are no UTF-8.
std::string printable(std::string_view text)
{
    std::string out;
    while (!text.empty()) {
        const std::size_t length = character_at_front(text);
        const char lead = text.front();
        const bool is_control = lead >= 0 && lead < 0x20 && lead != '\n' && lead != '\t';
        if (!is_control)
            out += text.substr(0, length);
        text.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return out;
}

} // namespace

std::string evidence_of(std::string_view body)
{
    // Whatever is cut off is not looked at; a secret that begins within is replaced whole.
    const std::string text = without_secrets(printable(body.substr(0, largest * 2)));
    if (text.size() <= largest)
        return text;
    return printable(std::string_view(text).substr(0, largest - 4)) + " …";
}

} // namespace vitrina
