#include "app/own_addresses.hpp"

#include <doctest/doctest.h>

using namespace vitrina;

namespace {

using Addresses = std::vector<std::string>;

Addresses addresses_with(std::map<std::string, std::string, std::less<>> values)
{
    const SettingsLayer given{"test", std::move(values)};
    const auto settings = Settings::resolve(std::span(&given, 1));
    REQUIRE(settings);
    const auto addresses = own_addresses(*settings);
    REQUIRE(addresses);
    return *addresses;
}

} // namespace

TEST_CASE("each role of a server has an address of its own, and work only when it is asked for")
{
    CHECK(addresses_with({}) == Addresses{"http://127.0.0.1:5000", "http://127.0.0.1:5001"});
    CHECK(addresses_with({{"VITRINA_ROLES", "work"}}).empty());
    CHECK(addresses_with({{"VITRINA_ROLES", "work"}, {"VITRINA_WORK_LISTEN", "127.0.0.1:5002"}}) ==
          Addresses{"http://127.0.0.1:5002"});
    CHECK(addresses_with({{"VITRINA_ROLES", "publish"}, {"VITRINA_WORK_LISTEN", "127.0.0.1:5002"}}) ==
          Addresses{"http://127.0.0.1:5001"});
}

TEST_CASE("who listens on every address is reached on loopback, and IPv6 stands in brackets")
{
    const auto one = [](const char* listen) {
        return addresses_with({{"VITRINA_ROLES", "video"}, {"VITRINA_LISTEN", listen}}).front();
    };
    CHECK(one("0.0.0.0:5000") == "http://127.0.0.1:5000");
    CHECK(one(":5000") == "http://[::1]:5000");
    CHECK(one("[::1]:5000") == "http://[::1]:5000");
    CHECK(one("10.1.2.3:80") == "http://10.1.2.3:80");
}
