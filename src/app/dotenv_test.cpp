#include "app/dotenv.hpp"

#include <doctest/doctest.h>
#include <sstream>

using namespace vitrina;

namespace {

Result<std::vector<DotenvEntry>> parse(const std::string& text)
{
    std::istringstream file(text);
    return parse_dotenv(file);
}

} // namespace

TEST_CASE("a .env file is read as shells and docker write them")
{
    const auto entries = parse("A=1\n\n# a comment\nexport B = two words # why\r\nC=\"a # b \"\nD='it''s'\nE=\nF=a=b");
    REQUIRE(entries);
    CHECK(*entries == std::vector<DotenvEntry>{
                          {"A", "1"}, {"B", "two words"}, {"C", "a # b "}, {"D", "it''s"}, {"E", ""}, {"F", "a=b"}});
    CHECK(parse("")->empty());
}

TEST_CASE("a line of a .env file that says nothing is named by its number")
{
    const auto entries = parse("A=1\nnonsense\n");
    REQUIRE_FALSE(entries);
    CHECK(entries.error().message == ".env, line 2: expected NAME=value.");
}
