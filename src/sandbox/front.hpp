#pragma once
#include "http/hooks.hpp"
#include "sandbox/network.hpp"
#include "sandbox/request_log.hpp"

#include <map>
#include <memory>

namespace vitrina::sandbox {

// Where requests come in: finds the network by the Host header and the operation by the path, plays the scripted
// faults around it, and keeps the request log.
class Front {
public:
    Front(World& world, RequestLog& log, std::vector<std::unique_ptr<Network>>& networks);

    // What the server must let through: each pattern once, whichever host answers it.
    std::vector<Route> routes();
    // What the server itself refuses (no such path, too large, …) in the words of the network it was meant for.
    Response refuse(const Request& request, int status, std::string words) const;
    std::vector<std::string> hosts() const;

    Task<Response> answer(const Request& request);
    // The consent pages under addresses that a browser finds: /at/HOST/PATH of the page's port.
    std::vector<Route> consent_pages();

private:
    using Served = std::pair<Network*, Operation>;
    struct Host {
        Network* network = nullptr; // for what none of its operations is
        Router router;
        std::map<const Route*, std::vector<const Served*>> operations;
    };
    Task<Response> answer_as(std::string host, std::string path, Request request);
    Task<Response> played(Call& call, const Served& served, LoggedCall& logged);
    Task<Response> answered(Call& call, const Operation& operation);

    World& world_;
    RequestLog& log_;
    std::vector<Served> operations_;
    std::map<std::string, Host> hosts_;
};

// "WWW.googleapis.com:443" → "www.googleapis.com".
std::string host_name(std::string_view authority);

} // namespace vitrina::sandbox
