#include "http/public_address.hpp"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <string>

using namespace vitrina;

namespace {

bool is_public(const std::string& text)
{
    sockaddr_in6 six{};
    six.sin6_family = AF_INET6;
    if (inet_pton(AF_INET6, text.c_str(), &six.sin6_addr) == 1)
        return is_public_address(reinterpret_cast<const sockaddr&>(six));
    sockaddr_in four{};
    four.sin_family = AF_INET;
    REQUIRE(inet_pton(AF_INET, text.c_str(), &four.sin_addr) == 1);
    return is_public_address(reinterpret_cast<const sockaddr&>(four));
}

} // namespace

TEST_CASE("only addresses of the public internet are public")
{
    for (const char* inside : {"127.0.0.1",
                               "127.255.255.254",
                               "10.0.0.1",
                               "172.16.0.1",
                               "172.31.255.255",
                               "192.168.1.1",
                               "169.254.169.254",
                               "100.64.0.1",
                               "100.127.255.255",
                               "0.0.0.0",
                               "224.0.0.1",
                               "255.255.255.255",
                               "198.18.0.1",
                               "203.0.113.9",
                               "::",
                               "::1",
                               "fe80::1",
                               "fc00::1",
                               "fd12:3456::1",
                               "ff02::1",
                               "::ffff:127.0.0.1",
                               "::ffff:10.1.2.3",
                               "::127.0.0.1",
                               "64:ff9b::a9fe:a9fe",
                               "2002:7f00:1::",
                               "2001:db8::1",
                               "2001::1",
                               "fec0::1",
                               "64:ff9b:1::1"}) {
        CAPTURE(inside);
        CHECK_FALSE(is_public(inside));
    }
    for (const char* outside : {"8.8.8.8", "1.1.1.1", "172.15.0.1", "172.32.0.1", "100.63.255.255", "100.128.0.1",
                                "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::"}) {
        CAPTURE(outside);
        CHECK(is_public(outside));
    }
}
