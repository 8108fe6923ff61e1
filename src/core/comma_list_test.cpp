#include "core/comma_list.hpp"

#include <doctest/doctest.h>

using namespace vitrina;

TEST_CASE("comma lists")
{
    using Words = std::vector<std::string_view>;
    CHECK(comma_list("") == Words{});
    CHECK(comma_list(" , ,") == Words{});
    CHECK(comma_list("one") == Words{"one"});
    CHECK(comma_list("one, two words ,three,") == Words{"one", "two words", "three"});
}
