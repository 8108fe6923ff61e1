#include "http/outbound.hpp"

#include "core/sleep.hpp"
#include "http/connect_to.hpp"
#include "http/outbound_transfer.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>
#include <exception>
#include <optional>

namespace vitrina {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr auto look_for_room_after = 20ms;

} // namespace

Outbound::Outbound(OutboundOptions options) : options_(std::move(options))
{
}

Task<OutboundResult> Outbound::send(OutboundRequest request)
{
    using Outcome = Destinations::Outcome;
    const auto to = outbound_destination(request.url);
    Outcome outcome = Outcome::unrelated;
    if (!to || request.reach == Reach::operator_named) {
        OutboundResult result = co_await carry(std::move(request), outcome);
        co_return result;
    }
    const std::string host = to->host + ":" + to->port;
    Destinations::Answer answer;
    while ((answer = destinations_.enter(host, steady_clock::now())).entry == Destinations::Entry::full)
        co_await sleep_for(look_for_room_after);
    if (answer.entry == Destinations::Entry::shut) {
        ++counters_.spared;
        const auto left = std::chrono::ceil<std::chrono::seconds>(answer.until - steady_clock::now());
        OutboundFailure failure{OutboundFailure::Sent::no,
                                to->host + " has not answered for a while, and is left alone for " +
                                    std::to_string(std::max<std::int64_t>(left.count(), 1)) + " s"};
        co_return failure;
    }
    struct Visit {
        Destinations& destinations;
        const std::string& host;
        const Outcome& outcome;
        ~Visit() { destinations.leave(host, outcome, steady_clock::now()); }
    } visit{destinations_, host, outcome};
    OutboundResult result = co_await carry(std::move(request), outcome);
    co_return result;
}

Task<OutboundResult> Outbound::carry(OutboundRequest request, Destinations::Outcome& outcome)
{
    const Executor executor = co_await boost::asio::this_coro::executor;
    OutboundTransfer transfer(options_, std::move(request), OutboundLoop::of(executor), executor);
    if (auto refused = transfer.start()) {
        ++counters_.blocked;
        OutboundFailure failure{OutboundFailure::Sent::no, std::move(*refused), true};
        co_return failure;
    }
    while (!transfer.has_ended()) {
        if (transfer.wants_bytes())
            co_await transfer.refill();
        else
            co_await transfer.wait();
    }
    if (transfer.is_blocked())
        ++counters_.blocked;
    OutboundResult result = transfer.result(); // throws what the source threw
    if (!transfer.is_blocked())
        outcome = std::holds_alternative<OutboundReply>(result) ? Destinations::Outcome::answered
                                                                : Destinations::Outcome::silent;
    co_return result;
}

std::optional<std::string> Outbound::refusal(const std::string& url) const
{
    return outbound_rules(options_, url, Reach::public_https).refusal;
}

OutboundResult Outbound::fetch(OutboundRequest request)
{
    boost::asio::io_context loop(1);
    std::exception_ptr thrown;
    std::optional<OutboundResult> result;
    boost::asio::co_spawn(loop.get_executor(), send(std::move(request)),
                          [&](std::exception_ptr e, OutboundResult value) {
        thrown = e;
        result.emplace(std::move(value));
    });
    loop.run();
    if (thrown)
        std::rethrow_exception(thrown);
    return std::move(*result);
}

} // namespace vitrina
