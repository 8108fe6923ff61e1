#include "http/outbound.hpp"

#include "http/outbound_transfer.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>
#include <exception>
#include <optional>

namespace vitrina {

Outbound::Outbound(OutboundOptions options) : options_(std::move(options))
{
}

Task<OutboundResult> Outbound::send(OutboundRequest request)
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
    co_return transfer.result();
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
