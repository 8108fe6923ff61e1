#pragma once
#include "http/request.hpp"
#include "http/request_head.hpp"
#include "http/server.hpp"

#include <string>

namespace vitrina {

// The other end of a connection.
struct Origin {
    const std::string& peer; // its address
    bool is_proxy;           // one we trust: what it says of the client is believed
    bool encrypted;
};

// The fields of the head, and who asks, under which address. The id is left empty where the client gave none that may
// stand in logs and answers.
void take_over_head(Request& request, const RequestHead& head, const Origin& origin, const ServerOptions& options);

} // namespace vitrina
