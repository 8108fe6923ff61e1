#include "sandbox/front.hpp"

#include "core/errors.hpp"
#include "core/sleep.hpp"
#include "http/method_name.hpp"
#include "sandbox/checks.hpp"

#include <algorithm>
#include <set>
#include <tuple>

namespace vitrina::sandbox {
namespace {

struct CutHere {};

// Lets so many bytes of a body through, then breaks as a pulled cable would.
class CutBody final : public BodyStream {
public:
    CutBody(BodyStream& whole, std::uint64_t bytes) : whole_(whole), left_(bytes) {}
    std::optional<std::uint64_t> announced_size() const override { return whole_.announced_size(); }
    Task<std::span<const std::byte>> read() override
    {
        if (left_ == 0)
            throw CutHere{};
        auto bytes = co_await whole_.read();
        bytes = bytes.first(std::min<std::uint64_t>(left_, bytes.size()));
        left_ -= bytes.size();
        co_return bytes;
    }

private:
    BodyStream& whole_;
    std::uint64_t left_;
};

Response hang_up()
{
    Response response;
    response.abort = true;
    return response;
}

// A fault that stands in for the network's answer.
Response stand_in(const Call& call, const Network& network, const ScriptedFault& fault)
{
    if (fault.kind == "drop")
        return hang_up();
    if (fault.kind == "html_502")
        return Response(502, "text/html",
                        "<html><head><title>502 Bad Gateway</title></head>"
                        "<body><center><h1>502 Bad Gateway</h1></center></body></html>");
    if (fault.kind == "answer")
        return Response(static_cast<int>(fault.number), fault.content_type, fault.words);
    Refusal refusal{static_cast<int>(fault.number), "backendError", "This failure was scripted."};
    if (fault.number == 429)
        refusal.reason = "rateLimitExceeded";
    if (fault.reset)
        refusal.reset = call.world.clock.now() + std::chrono::seconds{*fault.reset};
    return network.refuse(call.operation, refusal);
}

// Hosts may name the same place's parts differently; the server only needs its shape.
std::string shape_of(std::string_view pattern)
{
    std::string shape;
    int parameters = 0;
    bool inside = false;
    for (const char c : pattern) {
        if (c == '{')
            shape += "{p" + std::to_string(++parameters);
        inside = c == '{' || (inside && c != '}');
        if (!inside)
            shape += c;
    }
    return shape;
}

} // namespace

std::string host_name(std::string_view authority)
{
    std::string host(authority.substr(0, authority.rfind(':')));
    std::transform(host.begin(), host.end(), host.begin(), [](unsigned char c) { return std::tolower(c); });
    return host;
}

Front::Front(World& world, RequestLog& log, std::vector<std::unique_ptr<Network>>& networks) : world_(world), log_(log)
{
    for (const auto& network : networks)
        for (Operation& operation : network->operations())
            operations_.emplace_back(network.get(), std::move(operation));
    std::set<std::tuple<std::string, Method, std::string>> seen;
    for (const auto& [network, operation] : operations_) {
        Host& host = hosts_[operation.host];
        host.network = network;
        if (seen.emplace(operation.host, operation.method, operation.pattern).second)
            host.router.add(Route{operation.method, operation.pattern, nullptr});
    }
    // Only now do the routers' routes stay where they are.
    for (const Served& served : operations_) {
        Host& host = hosts_[served.second.host];
        auto& shared = host.operations[host.router.find(served.second.method, served.second.pattern).route];
        // Who takes some of the calls is asked before who takes all.
        shared.insert(served.second.takes ? shared.begin() : shared.end(), &served);
    }
}

std::vector<Route> Front::routes()
{
    std::vector<Route> routes;
    std::set<std::pair<Method, std::string>> seen;
    const Handler handler = [this](const Request& request) { return answer(request); };
    for (const auto& [network, operation] : operations_)
        if (seen.emplace(operation.method, shape_of(operation.pattern)).second)
            routes.push_back({operation.method, shape_of(operation.pattern), handler, Scope::anyone, Body::streamed});
    return routes;
}

std::vector<std::string> Front::hosts() const
{
    std::vector<std::string> names;
    for (const auto& [name, host] : hosts_)
        names.push_back(name);
    return names;
}

Response Front::refuse(const Request& request, int status, std::string words) const
{
    const auto host = hosts_.find(host_name(request.headers.get("Host")));
    if (host == hosts_.end())
        return Response(421, "text/plain; charset=utf-8",
                        "This is Vitrina's sandbox. It answers for the networks' own host names only.\n");
    const char* reason = status == 404 ? "notFound" : "badRequest";
    return host->second.network->refuse("unknown", {status, reason, std::move(words), request.path});
}

Task<Response> Front::answer(const Request& request)
{
    const auto host = hosts_.find(host_name(request.headers.get("Host")));
    if (host == hosts_.end())
        co_return refuse(request, 421, "");
    auto match = host->second.router.find(request.method, request.path);
    if (!match.route)
        co_return refuse(request, match.allow.empty() ? 404 : 405, "There is nothing at this path for this method.");
    const auto& shared = host->second.operations.at(match.route);
    const auto mine = std::ranges::find_if(shared, [&match](const Served* served) {
        return !served->second.takes || served->second.takes(match.parameters);
    });
    if (mine == shared.end())
        co_return refuse(request, 404, "There is nothing at this path.");
    const Served& served = **mine;
    const auto& [owner, operation] = served;
    Network& network = *owner;

    const std::string line = std::string(name(request.method)) + " " + request.path;
    Call call{request, world_, network.name(), operation.name, host->first, line, std::move(match.parameters)};
    LoggedCall logged{world_.clock.now(), std::string(network.name()), operation.name, host->first};
    logged.line = std::string(name(request.method)) + " " + redacted(request.target);
    logged.range = request.headers.get("Content-Range");
    logged.idempotency_key = request.headers.get("Idempotency-Key");
    logged.body = request.stream ? request.stream->announced_size().value_or(0) : 0;

    std::optional<Refusal> refusal;
    std::optional<Response> response;
    std::exception_ptr lost;
    try {
        response = co_await played(call, served, logged);
    } catch (Refusal& refused) {
        refusal = std::move(refused);
    } catch (const CutHere&) {
        response = hang_up();
    } catch (...) {
        lost = std::current_exception(); // the client is gone, or a bug: the server's business
    }
    if (refusal)
        response = network.refuse(operation.name, *refusal);
    logged.status = response && !response->abort ? response->status : 0;
    log_.add(std::move(logged));
    if (lost)
        std::rethrow_exception(lost);
    co_return std::move(*response);
}

std::vector<Route> Front::consent_pages()
{
    std::vector<Route> routes;
    for (const auto& [network, operation] : operations_) {
        if (operation.name != "oauth.authorize" && operation.name != "oauth.allow")
            continue;
        const std::string host = operation.host, path = operation.pattern;
        const Handler handler = [this, host, path](const Request& request) { return answer_as(host, path, request); };
        routes.push_back({operation.method, "/at/" + host + path, handler, Scope::anyone,
                          operation.method == Method::post ? Body::streamed : Body::none});
    }
    return routes;
}

Task<Response> Front::answer_as(std::string host, std::string path, Request request)
{
    request.headers.set("Host", host);
    request.path = std::move(path);
    Response response = co_await answer(request);
    co_return response;
}

Task<Response> Front::played(Call& call, const Served& served, LoggedCall& logged)
{
    const Network& network = *served.first;
    const Operation& operation = served.second;
    std::optional<CutBody> cut;
    call.stream = call.request.stream;
    Network& itself = *served.first;
    call.make_account = [&itself](const std::string& name) {
        itself.make_account({{"network", itself.name()}, {"name", name}});
    };
    if (const auto fault = world_.faults.take(ScriptedFault::Moment::before, call.occasion())) {
        logged.fault = fault->kind;
        if (fault->kind == "slow")
            co_await sleep_for(std::chrono::milliseconds(fault->number));
        else if (fault->kind == "cut_at" && call.stream)
            call.stream = &cut.emplace(*call.stream, static_cast<std::uint64_t>(fault->number));
        else
            co_return stand_in(call, network, *fault);
    }
    Response response = co_await answered(call, operation);
    if (response.status >= 400)
        co_return response;
    if (const auto fault = world_.faults.take(ScriptedFault::Moment::after, call.occasion())) {
        logged.fault = fault->kind + " after";
        co_return stand_in(call, network, *fault);
    }
    co_return response;
}

Task<Response> Front::answered(Call& call, const Operation& operation)
{
    check_framing(call);
    if (operation.stream) {
        Response response = co_await operation.stream(call);
        co_return response;
    }
    co_await read_body(call, operation.max_body);
    co_return operation.answer(call);
}

} // namespace vitrina::sandbox
