#include "core/text_fold.hpp"
#include "core/video.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

using namespace vitrina;

namespace {

std::string times(int count, std::string_view text)
{
    std::string result;
    for (int i = 0; i < count; ++i)
        result += text;
    return result;
}

} // namespace

TEST_CASE("a title is trimmed and has 1 to 255 characters")
{
    CHECK(VideoTitle::parse("  Canción de cuna \xE3\x80\x80\n")->text() == "Canción de cuna");
    CHECK(VideoTitle::parse(times(255, "ñ"))->text().size() == 510);
    CHECK(VideoTitle::parse(" " + times(255, "👍") + " "));
    CHECK(VideoTitle::parse(times(256, "a")).error().code == "VT-VID-011");
    for (const char* blank : {"", " ", "\t\r\n", "\xC2\xA0", "\xE2\x80\xA9 \xE2\x80\x89"})
        CHECK(VideoTitle::parse(blank).error().message == "Title is required");
}

TEST_CASE("a title has no control characters and is UTF-8")
{
    for (std::string_view bad : {std::string_view("a\nb"), std::string_view("a\0b", 3),
                                 std::string_view("a\x7F"
                                                  "b"),
                                 std::string_view("a\xC2\x9F"
                                                  "b"),
                                 std::string_view("a\xFF"), std::string_view("\xC3"), std::string_view("\xED\xA0\x80")})
        CHECK(VideoTitle::parse(bad).error().code == "VT-VID-012");
    CHECK(VideoTitle::parse("%_\\\"'; DROP TABLE videos; --"));
}

TEST_CASE("a description keeps its line breaks")
{
    CHECK(VideoDescription::parse("uno\r\n\tdos\n")->text() == "uno\r\n\tdos\n");
    CHECK(VideoDescription::parse("")->text().empty());
    CHECK(VideoDescription::parse(std::string_view("a\0b", 3)).error().code == "VT-VID-014");
    CHECK(VideoDescription::parse(times(20'001, "a")).error().code == "VT-VID-013");
    CHECK(VideoDescription::parse(times(20'000, "á")));
}

TEST_CASE("tags are trimmed, kept in order, and a repeated one counts once")
{
    CHECK(VideoTags::parse({" Perros ", "gatos", "Perros", "perros"})->list() ==
          std::vector<std::string>{"Perros", "gatos", "perros"});
    CHECK(VideoTags::parse({})->list().empty());
}

TEST_CASE("a wrong tag is named")
{
    CHECK(VideoTags::parse({"a", " "}).error().errors.front().pointer == "/tags/1");
    CHECK(VideoTags::parse({times(101, "a")}).error().code == "VT-VID-016");
    CHECK(VideoTags::parse({"a\nb"}).error().code == "VT-VID-017");
    std::vector<std::string> many;
    for (int i = 0; i < 101; ++i)
        many.push_back(std::to_string(i));
    CHECK(VideoTags::parse(many).error().code == "VT-VID-018");
    many.pop_back();
    CHECK(VideoTags::parse(many)->list().size() == 100);
}

TEST_CASE("any bytes as a title")
{
    CHECK(rc::check("are refused or become a title that parses to itself", [](const std::string& text) {
        const auto title = VideoTitle::parse(text);
        if (!title)
            return;
        RC_ASSERT(VideoTitle::parse(title->text())->text() == title->text());
        RC_ASSERT(length_in_characters(title->text()) >= 1u);
        RC_ASSERT(length_in_characters(title->text()) <= 255u);
    }));
}
