#include "access/permission.hpp"

#include <doctest/doctest.h>

using namespace vitrina;

TEST_CASE("what each scope allows")
{
    struct Case {
        const char* scopes;
        bool read, write, publish, admin;
    };
    for (const Case& one : {Case{"read", true, false, false, false}, Case{"write", true, true, false, false},
                            Case{"publish", true, false, true, false}, Case{"write,publish", true, true, true, false},
                            Case{"admin", true, true, true, true}}) {
        CAPTURE(one.scopes);
        const auto permissions = Permissions::parse(one.scopes);
        REQUIRE(permissions);
        CHECK(permissions->text() == one.scopes);
        CHECK(permissions->allow(Permission::read) == one.read);
        CHECK(permissions->allow(Permission::write) == one.write);
        CHECK(permissions->allow(Permission::publish) == one.publish);
        CHECK(permissions->allow(Permission::admin) == one.admin);
    }
    CHECK_FALSE(Permissions().allow(Permission::read));
}

TEST_CASE("unknown scopes are refused by name")
{
    for (const char* text : {"", "root", "read,", "read,,write", "Read", "read write"})
        CHECK_FALSE(Permissions::parse(text));
    CHECK(Permissions::parse("read,root").error().message == "\"root\" is not a scope.");
}
