#include "api/caller.hpp"

namespace vitrina {

std::string caller_of(const Request& request)
{
    return request.caller.empty() ? "address " + request.remote_address : "token " + request.caller;
}

} // namespace vitrina
