#include "api/video_list.hpp"

#include <utility>

namespace vitrina {

namespace {

struct Continued {
    std::string beginning;
    std::shared_ptr<WholeList> rest;
};

// Takes its state by value: it may be under way when the response that began it is let go.
Task<std::string> next_piece(std::shared_ptr<Continued> list)
{
    if (!list->beginning.empty())
        co_return std::exchange(list->beginning, std::string());
    co_return co_await list->rest->next();
}

} // namespace

Task<std::string> WholeList::next()
{
    std::string piece;
    if (state_ == State::begin) {
        piece = "[";
        state_ = State::middle;
    }
    // A search for what is rare may bring an empty page that is not the last one.
    while (state_ == State::middle && piece.size() < 2) {
        const VideoPage page = co_await videos_.list(query_);
        for (const Video& video : page.videos) {
            if (comma_due_)
                piece += ',';
            append_(piece, video);
            comma_due_ = true;
        }
        query_.after = page.next;
        if (!page.next) {
            piece += ']';
            state_ = State::ended;
        }
    }
    co_return piece;
}

Task<std::string> WholeList::next_up_to(std::size_t size)
{
    std::string text;
    while (!ended() && text.size() < size) {
        const std::string piece = co_await next();
        text += piece;
    }
    co_return text;
}

PieceSource after_beginning(std::string beginning, std::shared_ptr<WholeList> rest)
{
    auto list = std::make_shared<Continued>(Continued{std::move(beginning), std::move(rest)});
    return [list] { return next_piece(list); };
}

} // namespace vitrina
