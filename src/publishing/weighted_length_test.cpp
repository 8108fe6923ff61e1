#include "publishing/weighted_length.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>
#include <string>

using vitrina::weighted_length;

TEST_CASE("Latin letters count one, most others two")
{
    CHECK(weighted_length("") == 0);
    CHECK(weighted_length("A walk — “at last”") == 18);
    CHECK(weighted_length("Año") == 3);
    CHECK(weighted_length("An\xCC\x83o") == 3); // n and a tilde of its own: composed first
    CHECK(weighted_length("散歩") == 4);
    CHECK(weighted_length("Прогулка") == 8);
}

TEST_CASE("an emoji counts two, whatever it is made of")
{
    CHECK(weighted_length("😀") == 2);
    CHECK(weighted_length("😀😀") == 4);
    CHECK(weighted_length("👨‍👩‍👧‍👦") == 2);
    CHECK(weighted_length("👍🏽") == 2);
    CHECK(weighted_length("🇪🇸🇲🇽") == 4);
    CHECK(weighted_length("❤️") == 2);
    CHECK(weighted_length("1️⃣") == 2);
    CHECK(weighted_length("©") == 1);
    CHECK(weighted_length("©️") == 2);
}

TEST_CASE("a link counts 23, whatever its length")
{
    CHECK(weighted_length("https://a.example") == 23);
    CHECK(weighted_length("HTTPS://a.example/" + std::string(200, 'x')) == 23);
    CHECK(weighted_length("see https://a.example/b.") == 4 + 23 + 1);
    CHECK(weighted_length("(https://a.example/b?c=d#e)") == 1 + 23 + 1);
    CHECK(weighted_length("example.com") == 23);
    CHECK(weighted_length("a.example b.example") == 23 + 1 + 23);
    CHECK(weighted_length("name@example.com") == 16);
    CHECK(weighted_length("3.14") == 4);
    CHECK(weighted_length("The end.") == 8);
    CHECK(weighted_length("https://") == 8);
}

TEST_CASE("any bytes have a length, and the length of two texts apart is that of both together")
{
    rc::check("no crash", [](const std::string& bytes) { RC_ASSERT(weighted_length(bytes) <= 23 * bytes.size()); });
    rc::check("sum", [] {
        const auto letters = rc::gen::container<std::string>(rc::gen::inRange('a', 'z'));
        const std::string first = *letters, second = *letters;
        RC_ASSERT(weighted_length(first + " " + second) == weighted_length(first) + 1 + weighted_length(second));
    });
}
