// What an operator writes: a .env file, redirections, addresses. What is understood can be written again and is then
// understood the same.
// Instruments: src/app/dotenv.cpp
// Instruments: src/app/listen_address.cpp
// Instruments: src/http/connect_to.cpp
#include "app/dotenv.hpp"
#include "app/listen_address.hpp"
#include "bytes.hpp"
#include "http/connect_to.hpp"

#include <algorithm>
#include <sstream>
#include <stdexcept>

using namespace vitrina;
using fuzz::require;

namespace {

void check_dotenv(const std::string& text)
{
    std::istringstream file(text);
    const auto entries = parse_dotenv(file);
    if (!entries)
        return;
    std::stringstream written;
    for (const auto& [name, value] : *entries)
        written << "export " << name << "=\"" << value << "\"\n";
    const auto again = parse_dotenv(written);
    require(again && *again == *entries, "a .env file reads back");
}

void check_redirections(const std::string& text)
{
    std::vector<std::string> entries;
    try {
        entries = parse_connect_to(text);
    } catch (const std::invalid_argument&) {
        return;
    }
    std::string joined;
    for (const std::string& entry : entries) {
        require(std::ranges::count(entry, ':') >= 3, "four parts");
        redirects(entry, {"https", "www.googleapis.com", "443"});
        joined += (joined.empty() ? "" : ",") + entry;
    }
    require(parse_connect_to(joined) == entries, "redirections read back");
}

void check_address(const std::string& text)
{
    const auto address = ListenAddress::parse("VITRINA_LISTEN", text);
    if (!address)
        return;
    require(!address->host.empty(), "there is always a host");
    const auto again =
        ListenAddress::parse("VITRINA_LISTEN", "[" + address->host + "]:" + std::to_string(address->port));
    require(again && again->host == address->host && again->port == address->port, "an address reads back");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string text(fuzz::text(data, size));
    check_dotenv(text);
    check_redirections(text);
    check_address(text);
    outbound_destination(text);
    return 0;
}
