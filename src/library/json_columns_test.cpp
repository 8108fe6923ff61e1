#include "library/json_columns.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

using namespace vitrina;

using Texts = std::vector<std::string>;

TEST_CASE("arrays of strings, also as others write them")
{
    CHECK(json_of(Texts{"a", "b\"c"}) == R"(["a","b\"c"])");
    CHECK(texts_of(R"(["a","b"])") == Texts{"a", "b"});
    CHECK(texts_of(R"(["a", "b"])") == Texts{"a", "b"}); // Python's spacing
    CHECK(texts_of(R"([ "a" , 7, null, "b\u0021" ])") == Texts{"a", "b!"});
    CHECK(texts_of(R"([""])") == Texts{""});
    CHECK(texts_of(R"(["",""])") == Texts{"", ""});
    CHECK(texts_of("[]").empty());
    for (const char* wrong : {"", "null", "{}", "[\"a\"", "[\"a\" \"b\"]", "[\"a\"]x\"]"})
        CHECK(texts_of(wrong).empty());
}

TEST_CASE("what is written is read back")
{
    CHECK(rc::check("texts", [] {
        const auto text =
            rc::gen::container<std::string>(rc::gen::element('"', '\\', ',', '[', ']', 'a', '\n', '\x01', ' '));
        const auto texts = *rc::gen::container<Texts>(text);
        RC_ASSERT(texts_of(json_of(texts)) == texts);
    }));
    const std::vector<VideoReason> reasons{{"VT-MED-001", "It is \"not\" media"}, {"", ""}};
    CHECK(reasons_of(json_of(reasons)) == reasons);
    CHECK(reasons_of("[]").empty());
}
