#include "access/token_text.hpp"

#include <doctest/doctest.h>
#include <set>

using namespace vitrina;

TEST_CASE("a token knows its own typing mistakes")
{
    const std::string text = make_token_text().reveal();
    CHECK(text.size() == 39);
    CHECK(text.starts_with("vt_"));
    CHECK(is_token_text(text));
    for (std::size_t i = 0; i < text.size(); ++i) {
        std::string mistyped = text;
        mistyped[i] = mistyped[i] == 'x' ? 'y' : 'x';
        CAPTURE(i);
        CHECK_FALSE(is_token_text(mistyped));
    }
    CHECK_FALSE(is_token_text(""));
    CHECK_FALSE(is_token_text(text + "0"));
}

TEST_CASE("no two tokens are alike, and the hash does not show the text")
{
    std::set<std::string> texts;
    for (int i = 0; i < 1000; ++i)
        texts.insert(make_token_text().reveal());
    CHECK(texts.size() == 1000);
    CHECK(token_hash("vt_abc") == token_hash("vt_abc"));
    CHECK(token_hash("vt_abc").size() == 64);
}
