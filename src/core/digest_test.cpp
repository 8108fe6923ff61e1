#include "core/digest.hpp"

#include <doctest/doctest.h>

using namespace vitrina;

TEST_CASE("the published examples of SHA-256 and HMAC")
{
    CHECK(hex(sha256("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(hex(hmac_sha256("Jefe", "what do ya want for nothing?")) ==
          "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"); // RFC 4231, 2
}

TEST_CASE("a sum over pieces is the sum of the whole")
{
    const std::string_view text = "one two three";
    Sha256Sum sum;
    for (const char& c : text)
        sum.add(std::as_bytes(std::span(&c, 1)));
    CHECK(sum.finish() == sha256(text));
}

TEST_CASE("comparing looks at every byte and the length")
{
    CHECK(equal_in_constant_time("", ""));
    CHECK(equal_in_constant_time("abc", "abc"));
    CHECK_FALSE(equal_in_constant_time("abc", "abd"));
    CHECK_FALSE(equal_in_constant_time("abc", "ab"));
}
