#pragma once
#include "cli/console.hpp"

#include <string>

namespace vitrina {

struct ConnectArguments {
    std::string platform;
    std::string server;        // where people choose one
    std::string name;          // where one signs in
    std::string password_file; // "": asked for
    std::string remote_id;     // which of several; "": asked for
};

// `vitrina account connect`: prints the address of the network's consent page and waits until the person has been
// there in some browser, or has pasted what the browser was sent to. Where a network has no such page: asks for a name
// and a password.
Exit connect_account(const Console& console, const ConnectArguments& arguments);

} // namespace vitrina
