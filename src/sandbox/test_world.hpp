#pragma once
// What the sandbox's tests share: all networks over a ledger in a temporary folder, asked without a socket.
#include "core/errors.hpp"
#include "core/random.hpp"
#include "http/uri.hpp"
#include "sandbox/front.hpp"
#include "sandbox/moving_clock.hpp"
#include "sandbox/networks.hpp"
#include "unit/manual_clock.hpp"
#include "unit/run.hpp"

#include <boost/json.hpp>
#include <doctest/doctest.h>

namespace vitrina::sandbox {

class TemporaryFolder {
public:
    TemporaryFolder() : path(std::filesystem::temp_directory_path() / ("vitrina-sandbox-" + random_hex(8)))
    {
        std::filesystem::create_directories(path);
    }
    ~TemporaryFolder() { std::filesystem::remove_all(path); }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;

    const std::filesystem::path path;
};

// A body that arrives in small pieces and may break off.
class GivenBody final : public BodyStream {
public:
    GivenBody(std::string_view bytes, std::size_t breaks_at, std::size_t piece)
        : bytes_(bytes), breaks_at_(breaks_at), piece_(piece)
    {
    }
    std::optional<std::uint64_t> announced_size() const override { return bytes_.size(); }
    Task<std::span<const std::byte>> read() override
    {
        if (at_ >= breaks_at_)
            throw Disconnected("the cable was pulled");
        const auto piece = bytes_.substr(at_, std::min(piece_, breaks_at_ - at_));
        at_ += piece.size();
        co_return std::as_bytes(std::span(piece));
    }

private:
    std::string_view bytes_;
    std::size_t breaks_at_, piece_, at_ = 0;
};

struct Answer {
    int status = 0; // 0: the connection was closed
    Headers headers;
    std::string body;

    boost::json::object json() const { return boost::json::parse(body).as_object(); }
    std::string text(std::string_view name) const { return std::string(json().at(name).as_string()); }
    // YouTube's word for why not.
    std::string reason() const { return std::string(json().at("error").at("errors").at(0).at("reason").as_string()); }
};

// A request in the making: ask.with("Content-Type", "…").send(world).
struct Ask {
    Method method = Method::get;
    std::string host, target;
    Headers headers;
    std::string body;
    std::size_t breaks_at = std::string::npos;
    bool measured = true; // sends a Content-Length

    Ask& with(std::string name, std::string value)
    {
        headers.set(name, std::move(value));
        return *this;
    }
};

class TestWorld {
public:
    explicit TestWorld(std::filesystem::path folder = {}, std::string seed = "seed")
        : path(folder.empty() ? own.path : folder),
          database(path / "ledger.db"),
          clock(manual, database),
          ledger(database),
          accounts(database),
          uploads(database, path / "uploads", 1024),
          names(database, seed),
          world{database, ledger, accounts, uploads, names, clock, faults, std::chrono::seconds{10}},
          networks(make_networks(world)),
          front(world, log, networks)
    {
    }

    Answer send(const Ask& ask)
    {
        const auto target = parse_target(ask.target);
        REQUIRE(target);
        Request request;
        request.method = ask.method;
        request.target = ask.target;
        request.path = target->path;
        request.query = target->query;
        request.headers = ask.headers;
        request.headers.add("Host", ask.host);
        const bool sends = ask.method == Method::post || ask.method == Method::put || !ask.body.empty();
        if (sends && ask.measured && !ask.headers.find("Content-Length"))
            request.headers.add("Content-Length", std::to_string(ask.body.size()));
        GivenBody body(ask.body, ask.breaks_at, 100'000);
        request.stream = &body;
        Response response = run(front.answer(request));
        if (response.abort)
            return {};
        return {response.status, std::move(response.headers), std::move(std::get<std::string>(response.body))};
    }

    boost::json::object account(std::string_view network, boost::json::object settings = {})
    {
        settings["network"] = network;
        if (!settings.contains("name"))
            settings["name"] = "alice";
        for (const auto& one : networks)
            if (one->name() == network)
                return one->make_account(settings);
        throw std::logic_error("no such network");
    }

    void script(std::string_view json)
    {
        const auto fault = ScriptedFault::parse(boost::json::parse(json).as_object());
        REQUIRE(fault);
        faults.add(*fault);
    }

    TemporaryFolder own;
    std::filesystem::path path;
    ManualClock manual;
    Sqlite database;
    MovingClock clock;
    Ledger ledger;
    Accounts accounts;
    Uploads uploads;
    Names names;
    Faults faults;
    World world;
    std::vector<std::unique_ptr<Network>> networks;
    RequestLog log;
    Front front;
};

} // namespace vitrina::sandbox
