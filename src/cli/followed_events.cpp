#include "cli/followed_events.hpp"

#include "cli/server_client.hpp"

#include <chrono>
#include <thread>

namespace vitrina {
namespace {

// A stream is open for as long as somebody wants it, and quiet for most of that.
constexpr std::chrono::hours for_ever{24 * 365};
constexpr std::chrono::seconds before_coming_back{2};

// The blocks of a stream, as they arrive in pieces of any size.
class StreamReader {
public:
    StreamReader(const std::function<void(std::string_view)>& take, std::string known)
        : take_(take), last_id_(std::move(known))
    {
    }

    void take(std::string_view piece)
    {
        text_ += piece;
        for (std::size_t end; (end = text_.find("\n\n")) != std::string::npos; text_.erase(0, end + 2))
            take_block(std::string_view(text_).substr(0, end + 1));
    }
    // Half a block of a stream that broke off is worth nothing: it comes again.
    void forget_the_rest() { text_.clear(); }
    const std::string& last_id() const { return last_id_; }

private:
    static std::string_view field(std::string_view block, std::string_view name)
    {
        while (!block.empty()) {
            const std::string_view line = block.substr(0, block.find('\n'));
            if (line.starts_with(name))
                return line.substr(name.size());
            block.remove_prefix(line.size() + 1);
        }
        return {};
    }
    void take_block(std::string_view block)
    {
        if (field(block, "event: ") == "stream.reset")
            complain(say("Some events were missed: they are kept no more.",
                         "Se perdieron algunos eventos: ya no se guardan."));
        else if (const auto data = field(block, "data: "); !data.empty())
            take_(data);
        if (const auto id = field(block, "id: "); !id.empty())
            last_id_ = id;
    }

    const std::function<void(std::string_view)>& take_;
    std::string text_;
    std::string last_id_;
};

} // namespace

std::string events_query(const FollowedQuery& query)
{
    std::string text;
    for (const std::string& type : query.types)
        text += "&types=" + in_query(type);
    if (!query.video.empty())
        text += "&video_id=" + in_query(query.video);
    return text;
}

void follow_events(const Settings& settings, const FollowedQuery& query,
                   const std::function<void(std::string_view event)>& take)
{
    ServerClient server(settings);
    StreamReader reader(take, query.after);
    const std::string text = events_query(query);
    bool was_there = false;
    while (true) {
        OutboundRequest request;
        request.headers.add("Accept", "text/event-stream");
        if (!reader.last_id().empty())
            request.headers.add("Last-Event-ID", reader.last_id());
        request.answer_within = request.stalled_after = for_ever;
        request.sink = [&](std::string_view piece) {
            was_there = true;
            reader.take(piece);
        };
        try {
            server.send(std::move(request), "/v1/events" + (text.empty() ? "" : "?" + text.substr(1)));
        } catch (const CommandFailed& failed) {
            if (failed.exit() != Exit::unreachable || !was_there)
                throw;
        }
        reader.forget_the_rest();
        std::this_thread::sleep_for(before_coming_back);
    }
}

} // namespace vitrina
