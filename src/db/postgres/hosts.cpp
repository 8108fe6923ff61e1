#include "db/postgres/hosts.hpp"

#include <algorithm>

namespace vitrina {

std::string hosts_beginning_with(std::string_view hosts, std::string_view first)
{
    for (std::size_t at = 0; at < hosts.size();) {
        const std::size_t end = std::min(hosts.find(',', at), hosts.size());
        if (hosts.substr(at, end - at) == first && at > 0)
            return std::string(hosts.substr(at)) + ',' + std::string(hosts.substr(0, at - 1));
        at = end + 1;
    }
    return std::string(hosts);
}

std::string hosts_turned(std::string_view hosts)
{
    const std::size_t comma = hosts.find(',');
    if (comma == std::string_view::npos)
        return std::string(hosts);
    return std::string(hosts.substr(comma + 1)) + ',' + std::string(hosts.substr(0, comma));
}

} // namespace vitrina
