#pragma once
#include "http/request.hpp"
#include "http/response.hpp"
#include "http/router.hpp"
#include "sandbox/accounts.hpp"
#include "sandbox/faults.hpp"
#include "sandbox/ledger.hpp"
#include "sandbox/names.hpp"
#include "sandbox/refusal.hpp"
#include "sandbox/uploads.hpp"

#include <boost/json/object.hpp>
#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace vitrina::sandbox {

// What all networks share. Everything runs on one event loop; nothing here is locked.
struct World {
    Sqlite& database;
    Ledger& ledger;
    Accounts& accounts;
    Uploads& uploads;
    Names& names;
    const Clock& clock;
    Faults& faults;
    std::chrono::seconds processing{3};
};

// One request on its way through a network.
struct Call {
    const Request& request;
    World& world;
    std::string_view network;
    std::string operation; // "videos.insert": what faults and the request log call it
    std::string host;
    std::string line; // "PUT /upload/youtube/v3/videos"
    PathParameters parameters;
    std::string body = "";        // whole, unless the operation streams
    BodyStream* stream = nullptr; // of an operation that streams
    std::string event = "";       // "accepted" once the network has taken a post
    std::function<void(const std::string& name)> make_account = {}; // for whoever consents as somebody new

    std::string_view parameter(std::string_view name) const;
    Occasion occasion() const { return {network, operation, event, line}; }
    // The fault of that kind, when the script wants it played now.
    std::optional<ScriptedFault> scripted(std::string_view kind) const { return world.faults.take(kind, occasion()); }
};

// Something a network can be asked for. Exactly one of the two functions is set.
struct Operation {
    std::string name;
    std::string host;
    Method method;
    std::string pattern; // as in http/route.hpp
    std::function<Response(Call&)> answer;       // gets the whole body, up to max_body
    std::function<Task<Response>(Call&)> stream; // reads the body itself
    std::size_t max_body = 1024 * 1024;
    // Of networks that share a host's path (Meta's Graph API): whether such a call is for this one. Unset: every one.
    std::function<bool(const PathParameters&)> takes = {};
};

// What is left of the body, up to that size; 413 beyond it. For an operation that streams.
Task<> read_body(Call& call, std::size_t most);

// One stand-in network per implementation.
class Network {
public:
    virtual ~Network() = default;
    virtual std::string_view name() const = 0;
    virtual std::vector<Operation> operations() = 0;
    // A refusal as this network words it.
    virtual Response refuse(std::string_view operation, const Refusal& refusal) const = 0;
    // Makes a test account and gives what a publisher needs to use it. Throws Refusal for settings it does not know.
    virtual boost::json::object make_account(const boost::json::object& wanted) = 0;
};

// The token of the Authorization header; 401 without a live one, 403 without one of the scopes.
Token require_bearer(const Call& call, std::initializer_list<std::string_view> scopes);

// How the bytes that came with this call will fare: as the script says, else well and after World::processing.
struct Processing {
    Instant ready{};
    std::string failure;
};
Processing plan_processing(const Call& call);

// Puts a post into the ledger, with the lag that the script asks for. The post has network, account, id and content;
// its times are filled in here, and how its processing goes unless `ready` is set.
Post accept(Call& call, Post post);

// A switch of a test account: {"limits": true}.
bool is_set(const Account& account, std::string_view option, bool otherwise);

Response json_response(int status, const boost::json::value& body);

} // namespace vitrina::sandbox
