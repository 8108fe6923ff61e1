#include "db/postgres/hosts.hpp"

#include <doctest/doctest.h>

using namespace vitrina;

TEST_CASE("hosts are asked from the likely one on")
{
    CHECK(hosts_beginning_with("a,b,c", "b") == "b,c,a");
    CHECK(hosts_beginning_with("a,b,c", "c") == "c,a,b");
    CHECK(hosts_beginning_with("a,b,c", "a") == "a,b,c");
    CHECK(hosts_beginning_with("a,b,c", "") == "a,b,c"); // none served yet
    CHECK(hosts_beginning_with("a,b,c", "bc") == "a,b,c");
    CHECK(hosts_beginning_with("/run/one,/run/two", "/run/two") == "/run/two,/run/one");
    CHECK(hosts_beginning_with("db.internal", "db.internal") == "db.internal");
    CHECK(hosts_beginning_with("", "a") == "");
}

TEST_CASE("hosts are asked in another order when none of them served")
{
    CHECK(hosts_turned("a,b,c") == "b,c,a");
    CHECK(hosts_turned("a,b") == "b,a");
    CHECK(hosts_turned("a") == "a");
    CHECK(hosts_turned("") == "");
}
