#include "sandbox/control.hpp"

#include "sandbox/checks.hpp"
#include "sandbox/kept_video.hpp"

#include <boost/json.hpp>

namespace vitrina::sandbox {
namespace {

namespace json = boost::json;

Response refused(const std::string& detail)
{
    return json_response(400, json::object{{"error", detail}, {"hint", "docs/sandbox.md shows every call."}});
}

// A refusal of the control API itself is an ordinary answer.
template <class Work>
Task<Response> answer(const Work& work, const Request& request)
{
    std::optional<std::string> words;
    try {
        co_return work(request);
    } catch (const Refusal& refusal) {
        words = refusal.words;
    }
    co_return refused(*words);
}

template <class Work>
Handler handler(Work work)
{
    return [work](const Request& request) { return answer(work, request); };
}

json::object read_object(const Request& request)
{
    json::error_code error;
    json::value value = json::parse(request.body, error);
    if (error || !value.is_object())
        throw Refusal{400, "", "The body must be one JSON object."};
    return std::move(value.get_object());
}

} // namespace

std::vector<Route> Control::routes()
{
    const auto route = [](Method method, std::string path, Handler answer) {
        const bool reads = method == Method::post;
        return Route{method, std::move(path), std::move(answer), Scope::anyone, reads ? Body::buffered : Body::none};
    };
    return {
        route(Method::get, "/", handler([this](const Request&) { return page(); })),
        route(Method::get, "/ledger", handler([this](const Request& r) { return ledger(r); })),
        route(Method::del, "/ledger/{network}/{id}", handler([this](const Request& r) { return remove_post(r); })),
        route(Method::get, "/videos/{sha256}", handler([this](const Request& r) { return video(r); })),
        route(Method::get, "/accounts", handler([this](const Request&) { return accounts(); })),
        route(Method::post, "/accounts", handler([this](const Request& r) { return make_account(r); })),
        route(Method::get, "/faults",
              handler([this](const Request&) { return json_response(200, world_.faults.list()); })),
        route(Method::post, "/faults", handler([this](const Request& r) { return script_fault(r); })),
        route(Method::del, "/faults", handler([this](const Request&) {
        world_.faults.clear();
        return Response(204);
    })),
        route(Method::get, "/clock", handler([this](const Request&) {
        return json_response(200, json::object{{"now", rfc3339(clock_.now())}});
    })),
        route(Method::post, "/clock", handler([this](const Request& r) { return move_clock(r); })),
        route(Method::get, "/requests", handler([this](const Request&) { return json_response(200, log_.json()); })),
    };
}

Response Control::page() const
{
    Response response(
        200, "text/html; charset=utf-8",
        ledger_page(world_.ledger.list(), world_.accounts.list(), reach_, [this](const std::string& sha256) {
        return std::filesystem::exists(world_.uploads.kept(sha256));
    }));
    response.headers.add("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; media-src 'self'");
    return response;
}

Response Control::video(const Request& request) const
{
    const std::string sha256(request.parameter("sha256"));
    if (sha256.size() != 64 || sha256.find_first_not_of("0123456789abcdef") != sha256.npos)
        throw Refusal{400, "", "A video is named by its SHA-256, in hex."};
    return kept_video(world_.uploads.kept(sha256), sha256);
}

Response Control::ledger(const Request& request) const
{
    const std::string network = request.query_value("network").value_or("");
    const std::string account = request.query_value("account").value_or("");
    json::object counts;
    for (const auto& known : networks_)
        counts[known->name()] = 0;
    json::array posts;
    for (const Post& post : world_.ledger.list(network, account)) {
        counts[post.network] = counts[post.network].as_int64() + 1;
        posts.push_back(to_json(post));
    }
    json::array uploads;
    for (const Upload& upload : world_.uploads.list())
        uploads.push_back({{"network", upload.network},
                           {"account", upload.account},
                           {"total", upload.total},
                           {"received", upload.received},
                           {"post", upload.post}});
    const std::size_t total = posts.size();
    return json_response(
        200,
        json::object{{"sandbox", true}, {"total", total}, {"counts", counts}, {"posts", posts}, {"uploads", uploads}});
}

// As its owner or a moderator would, on the network's own page.
Response Control::remove_post(const Request& request)
{
    const auto post = world_.ledger.find(request.parameter("network"), request.parameter("id"));
    if (!post)
        throw Refusal{400, "", "The ledger has no such post."};
    world_.ledger.mark_deleted(*post, world_.clock.now());
    return Response(204);
}

Response Control::accounts() const
{
    json::array accounts;
    for (const Account& account : world_.accounts.list())
        accounts.push_back({{"network", account.network}, {"name", account.name}, {"id", account.id}});
    return json_response(200, accounts);
}

Response Control::make_account(const Request& request)
{
    const json::object wanted = read_object(request);
    for (const auto& network : networks_)
        if (network->name() == text_of(wanted, "network")) {
            json::object made = network->make_account(wanted);
            made["sandbox"] = true;
            made["connect_to"] = reach_.connect_to;
            made["ca_file"] = reach_.ca_file;
            return json_response(201, made);
        }
    return refused("\"network\" must be one of the networks of GET /ledger.");
}

Response Control::script_fault(const Request& request)
{
    const auto fault = ScriptedFault::parse(read_object(request));
    if (!fault)
        return refused(fault.error().message);
    world_.faults.add(*fault);
    return json_response(201, world_.faults.list());
}

Response Control::move_clock(const Request& request)
{
    const json::object wanted = read_object(request);
    check_members(wanted, "", {{"advance", Kind::number, true}});
    const json::value& seconds = wanted.at("advance");
    if (!seconds.is_int64() || seconds.as_int64() < 0 || seconds.as_int64() > 100L * 365 * 24 * 3600)
        return refused("\"advance\" is a number of seconds; time does not run back.");
    clock_.advance(std::chrono::seconds{seconds.as_int64()});
    return json_response(200, json::object{{"now", rfc3339(clock_.now())}});
}

json::object to_json(const Post& post)
{
    json::object object{{"network", post.network},
                        {"account", post.account},
                        {"id", post.id},
                        {"kind", post.kind},
                        {"title", post.title},
                        {"text", post.text},
                        {"privacy", post.privacy},
                        {"url", post.url},
                        {"sha256", post.sha256},
                        {"size", post.size},
                        {"accepted_at", rfc3339(post.accepted)},
                        {"ready_at", rfc3339(post.ready)},
                        {"listed_at", rfc3339(post.listed)},
                        {"failure", post.failure}};
    object["details"] = json::parse(post.details);
    object["deleted_at"] = post.deleted ? json::value(rfc3339(*post.deleted)) : json::value();
    return object;
}

} // namespace vitrina::sandbox
