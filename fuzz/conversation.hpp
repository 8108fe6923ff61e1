#pragma once
#include "bytes.hpp"
#include "publishing/platform.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>

// A conversation with a network that says anything. The input is its answers, one after another, each
// "STATUS Header: value\nHeader: value\n\nbody" and ended by a byte 1; an answer that begins with '-' is a cut
// connection, with '~' a restart of the process.
namespace vitrina::fuzz {

class StandingClock final : public Clock {
public:
    Instant now() const override { return Instant{std::chrono::microseconds(1'772'366'400'000'000)}; }
};

inline PublishOrder order()
{
    PublishOrder order;
    order.client_key = "019ca945-0a00-7000-8000-000000000000";
    order.title = "Cats";
    order.description = "Two of them";
    order.tags = {"one", "two words"};
    order.size = 600'000;
    order.content_type = "video/mp4";
    order.source_key = "videos/x/y.mp4";
    return order;
}

inline HttpReply reply_of(std::string_view text)
{
    HttpReply reply;
    while (!text.empty() && text.front() >= '0' && text.front() <= '9' && reply.status < 100) {
        reply.status = reply.status * 10 + (text.front() - '0');
        text.remove_prefix(1);
    }
    const std::size_t end = std::min(text.find("\n\n"), text.size());
    std::string_view head = text.substr(0, end);
    reply.body = text.substr(std::min(end + 2, text.size()));
    while (!head.empty()) {
        const std::string_view line = head.substr(0, head.find('\n'));
        head.remove_prefix(std::min(line.size() + 1, head.size()));
        const std::size_t colon = line.find(": ");
        if (colon != line.npos)
            reply.headers.emplace_back(line.substr(line.find_first_not_of(' '), colon - line.find_first_not_of(' ')),
                                       line.substr(colon + 2));
    }
    return reply;
}

inline void converse(std::string_view answers, std::uint64_t size,
                     const std::function<std::unique_ptr<Conversation>(std::string_view memory)>& start)
{
    auto conversation = start("");
    PublicationProgress progress;
    Step step = conversation->resume();
    for (int said = 0; said < 64; ++said) {
        const auto next = after_step(progress, conversation->stage(), step);
        require(next.has_value(), "every step is within the rules of a publication");
        progress = *next;
        require(conversation->confirmed_bytes() <= size, "no more bytes than there are");
        require(start(conversation->memory())->memory() == conversation->memory(), "what is remembered reads back");
        if (const auto* send = std::get_if<Send>(&step)) {
            require(send->url.starts_with("https://"), "only https");
            require(!send->slice || send->slice->offset + send->slice->length <= size, "the slice is within the file");
        }
        if (answers.empty() || is_settled(progress.state))
            return;
        const std::string_view answer = answers.substr(0, answers.find('\1'));
        answers.remove_prefix(std::min(answer.size() + 1, answers.size()));
        const bool restarts = answer.starts_with('~') || !std::holds_alternative<Send>(step);
        if (restarts)
            conversation = start(conversation->memory());
        step = restarts                  ? conversation->resume()
               : answer.starts_with('-') ? conversation->on_loss(answer.size() > 1 ? Loss::not_sent : Loss::unknown)
                                         : conversation->on_reply(reply_of(answer));
    }
}

} // namespace vitrina::fuzz
