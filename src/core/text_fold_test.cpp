#include "core/text_fold.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>
#include <utf8proc.h>
#include <vector>

using namespace vitrina;

namespace {

// Any bytes, of which most are UTF-8 and many are interesting.
std::string any_text()
{
    const auto piece =
        rc::gen::oneOf(rc::gen::element<std::string>("Canción", "ß", "İ", "ﬁ", "한글", "e\xCC\x81",
                                                     "👩‍👩‍👧", "\xFF", "\xC3", "\xED\xA0\x80", "%", "_",
                                                     "\\", "\"", "'", "\n", std::string(1, '\0'), "\xEF\xBF\xBF", "ﷺ"),
                       rc::gen::string<std::string>());
    std::string text;
    for (const auto& part : *rc::gen::container<std::vector<std::string>>(piece))
        text += part;
    return text;
}

std::string utf8(utf8proc_int32_t code)
{
    utf8proc_uint8_t bytes[4];
    const auto count = utf8proc_encode_char(code, bytes);
    return {reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(count)};
}

bool is_clean(std::string_view text)
{
    while (!text.empty()) {
        utf8proc_int32_t code = 0;
        const auto taken = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                            static_cast<utf8proc_ssize_t>(text.size()), &code);
        if (taken <= 0 || utf8proc_category(code) == UTF8PROC_CATEGORY_CC)
            return false;
        text.remove_prefix(static_cast<std::size_t>(taken));
    }
    return true;
}

} // namespace

TEST_CASE("folding forgets case, accents and compatibility forms")
{
    CHECK(fold("Canción") == "cancion");
    CHECK(fold("Cancio\xCC\x81n") == "cancion"); // the accent as a character of its own
    CHECK(fold("ÀÉÎÕÜÑÇ") == "aeiounc");
    CHECK(fold("Straße") == "strasse");
    CHECK(fold("İstanbul") == "istanbul");
    CHECK(fold("Ｆｉ ﬁn №") == "fi fin no");
    CHECK(fold("ΣΊΣΥΦΟΣ ς") == "σισυφοσ σ");
    CHECK(fold("Ёлка") == "елка");
    CHECK(fold("100%_\\\"'") == "100%_\\\"'");
    CHECK(fold("a\tb\nc") == "a b c");
    CHECK(fold("co\xC2\xADoperate") == "cooperate"); // a soft hyphen is not seen, so it is not searched
    CHECK(fold("\xCC\x81").empty());
}

TEST_CASE("what is not UTF-8 becomes U+FFFD, byte by byte")
{
    CHECK(fold("a\xFFz") == "a\xEF\xBF\xBDz");
    CHECK(fold("\xC3") == "\xEF\xBF\xBD");
    CHECK(fold("\xED\xA0\x80") == "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"); // a surrogate
    CHECK(fold(std::string("a\0b", 3)) == "a b");
}

TEST_CASE("every code point folds to clean text that folds to itself")
{
    for (utf8proc_int32_t code = 0; code <= 0x10FFFF; ++code) {
        if (code >= 0xD800 && code <= 0xDFFF)
            continue;
        const std::string once = fold(utf8(code));
        if (fold(once) != once || !is_clean(once)) {
            CAPTURE(code);
            CHECK(fold(once) == once);
            CHECK(is_clean(once));
        }
    }
}

TEST_CASE("folding any bytes")
{
    CHECK(rc::check("gives clean text, stable under folding", [] {
        const std::string once = fold(any_text());
        RC_ASSERT(is_clean(once));
        RC_ASSERT(fold(once) == once);
    }));
    CHECK(rc::check("keeps parts parts", [] {
        const std::string before = *rc::gen::element<std::string>("", "Ü", "x", "한") + "|";
        const std::string middle = any_text() + "|"; // the bar ends what an incomplete sequence could still take in
        const std::string after = any_text();
        RC_ASSERT(fold(before + middle + after) == fold(before) + fold(middle) + fold(after));
        RC_ASSERT(fold(before + middle + after).find(fold(middle)) != std::string::npos);
    }));
}

TEST_CASE("a sort key is short and ends between characters")
{
    CHECK(title_sort_key("Zürich") == "zurich");
    std::string long_title;
    for (int i = 0; i < 255; ++i)
        long_title += "ﷺ"; // folds to eighteen characters
    const std::string key = title_sort_key(long_title);
    CHECK(key.size() <= 1024);
    CHECK(key.size() > 1020);
    CHECK(fold(key) == key);
}

TEST_CASE("a needle never matches across the fields of a document")
{
    const std::vector<std::string> tags{"Uno", "Dos"};
    const std::string document = search_document("Título", "Descripción", tags);
    CHECK(document == "titulo\ndescripcion\nuno\ndos");
    CHECK(document.find(fold("uno\ndos")) == std::string::npos);
    CHECK(search_document("a", "", {}) == "a");
}

TEST_CASE("length counts characters, not bytes")
{
    CHECK(length_in_characters("ñandú") == 5);
    CHECK(length_in_characters("") == 0);
}
