#include "cli/server_client.hpp"

#include <boost/json.hpp>
#include <chrono>
#include <CLI/CLI.hpp>
#include <thread>

namespace vitrina {
namespace {

namespace json = boost::json;

// A stream is open for as long as somebody wants it, and quiet for most of that.
constexpr std::chrono::hours for_ever{24 * 365};
constexpr std::chrono::seconds before_coming_back{2};

struct Arguments {
    std::vector<std::string> types;
    std::string video, after;
    bool follow = false;
};

std::string text_of(const json::value& object, const char* member)
{
    const json::value* found = object.as_object().if_contains(member);
    return found && found->is_string() ? std::string(found->get_string()) : "";
}

void print_event(const Console& console, const json::value& event)
{
    if (console.json)
        print(json::serialize(event));
    else
        print(text_of(event, "time") + "  " + text_of(event, "type") + "  " + text_of(event, "subject") + "  " +
              json::serialize(event.at("data")));
}

std::string query_of(const Arguments& arguments)
{
    std::string query;
    for (const std::string& type : arguments.types)
        query += "&types=" + in_query(type);
    if (!arguments.video.empty())
        query += "&video_id=" + in_query(arguments.video);
    return query;
}

// Page after page, in constant memory.
Exit list(const Console& console, const Arguments& arguments)
{
    ServerClient server(console.settings);
    const std::string query = query_of(arguments) + "&limit=500";
    std::string where = arguments.after.empty() ? "" : "&after=" + in_query(arguments.after);
    while (true) {
        const json::value page = server.get("/v1/events?" + (query + where).substr(1));
        for (const json::value& event : page.at("data").as_array())
            print_event(console, event);
        if (!page.at("next_cursor").is_string())
            return Exit::done;
        where = "&cursor=" + in_query(page.at("next_cursor").get_string());
    }
}

// The blocks of a stream, as they arrive in pieces of any size.
class StreamPrinter {
public:
    StreamPrinter(const Console& console, std::string known) : console_(console), last_id_(std::move(known)) {}

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
        if (const auto id = field(block, "id: "); !id.empty())
            last_id_ = id;
        if (field(block, "event: ") == "stream.reset")
            complain(say("Some events were missed: they are kept no more.",
                         "Se perdieron algunos eventos: ya no se guardan."));
        else if (const auto data = field(block, "data: "); !data.empty())
            print_event(console_, json::parse(data));
    }

    const Console& console_;
    std::string text_;
    std::string last_id_;
};

// Until somebody ends it. A server that goes away is waited for, once it was there; nothing is printed twice.
Exit follow(const Console& console, const Arguments& arguments)
{
    ServerClient server(console.settings);
    StreamPrinter printer(console, arguments.after);
    const std::string query = query_of(arguments);
    bool was_there = false;
    while (true) {
        OutboundRequest request;
        request.headers.add("Accept", "text/event-stream");
        if (!printer.last_id().empty())
            request.headers.add("Last-Event-ID", printer.last_id());
        request.answer_within = request.stalled_after = for_ever;
        request.sink = [&](std::string_view piece) {
            was_there = true;
            printer.take(piece);
        };
        try {
            server.send(std::move(request), "/v1/events" + (query.empty() ? "" : "?" + query.substr(1)));
        } catch (const CommandFailed& failed) {
            if (failed.exit() != Exit::unreachable || !was_there)
                throw;
        }
        printer.forget_the_rest();
        std::this_thread::sleep_for(before_coming_back);
    }
}

} // namespace

void add_events(CLI::App& app, Action& action)
{
    auto arguments = std::make_shared<Arguments>();
    auto* command = app.add_subcommand("events", say("Show what happened; with --follow, what happens",
                                                     "Mostrar lo que ha pasado; con --follow, lo que va pasando"));
    command->add_flag("--follow", arguments->follow,
                      say("Show each event as it happens, until you stop it",
                          "Mostrar cada evento según ocurre, hasta que lo pares"));
    command->add_option("--type", arguments->types,
                        say("Only this type, such as video.ready; may be repeated",
                            "Solo de este tipo, como video.ready; se puede repetir"));
    command->add_option("--video", arguments->video,
                        say("Only what concerns the video with this id", "Solo lo del video con este id"));
    command->add_option("--after", arguments->after,
                        say("Only what came after the event with this id", "Solo lo posterior al evento con este id"));
    command->callback([&action, arguments] {
        action = [arguments](const Console& console) {
            return arguments->follow ? follow(console, *arguments) : list(console, *arguments);
        };
    });
}

} // namespace vitrina
