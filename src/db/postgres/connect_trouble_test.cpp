#include "db/postgres/connect_trouble.hpp"

#include <doctest/doctest.h>

using namespace vitrina;

TEST_CASE("what was refused names the setting to look at")
{
    CHECK(
        settings_to_see("connection to server at \"db\" (10.0.0.1), port 5432 failed: FATAL:  password authentication "
                        "failed for user \"x\"") == "See DB_USER and DB_PASSWORD.");
    CHECK(settings_to_see("… failed: fe_sendauth: no password supplied") == "See DB_PASSWORD.");
    CHECK(settings_to_see("… failed: FATAL:  database \"role\" does not exist") == "See DB_NAME.");
    CHECK(settings_to_see("… failed: FATAL:  role \"database\" does not exist") == "See DB_USER.");
    CHECK(settings_to_see("… failed: server is in hot standby mode") ==
          "See DB_HOST: it names no primary, only what follows one.");
    CHECK(settings_to_see("… failed: FATAL:  too many connections for role \"x\"") ==
          "See VITRINA_DB_CONNECTIONS, and the limit of the server's role or database.");
    CHECK(settings_to_see("… failed: FATAL:  permission denied for database \"x\" DETAIL:  …") ==
          "See DB_NAME and DB_USER: this user may not connect to it.");
    CHECK(settings_to_see("… failed: SSL error: certificate verify failed") ==
          "It has expired, or nobody who is trusted has signed it. See VITRINA_DB_CA_FILE.");
    CHECK(settings_to_see("… failed: server certificate for \"a\" does not match host name \"b\"") ==
          "See VITRINA_DB_TLS and VITRINA_DB_CA_FILE.");
    CHECK(settings_to_see("… failed: server does not support SSL, but SSL was required") ==
          "See VITRINA_DB_TLS and VITRINA_DB_CA_FILE.");
    CHECK(settings_to_see("could not translate host name \"nowhere\" to address: Name or service not known") ==
          "See DB_HOST and DB_PORT.");
    CHECK(settings_to_see("… failed: Connection refused Is the server running on that host?") ==
          "See DB_HOST and DB_PORT.");
}
