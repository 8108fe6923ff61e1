#include "storage/s3/s3_reader.hpp"

#include "core/errors.hpp"
#include "http/grammar.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace vitrina {
namespace {

S3Call ranged_call(const std::string& key, std::uint64_t offset, std::uint64_t length)
{
    S3Call call{.method = Method::get, .key = key};
    call.headers.add("Range", "bytes=" + std::to_string(offset) + '-' + std::to_string(offset + length - 1));
    call.largest_answer = length + (64u << 10); // or an error's text
    return call;
}

// Exactly the bytes that were asked for: whatever else would be played as the video.
std::uint64_t check_range(const S3Answer& answer, std::uint64_t offset, std::uint64_t length)
{
    const auto range = parse_s3_content_range(answer.headers.get("Content-Range"));
    if (answer.status != 206 || !range || range->first != offset || answer.body.empty() ||
        range->last - range->first + 1 != answer.body.size() ||
        answer.body.size() != std::min(length, range->size - offset))
        throw Unavailable("the S3 store sent other bytes than it was asked for");
    return range->size;
}

} // namespace

std::optional<S3ContentRange> parse_s3_content_range(std::string_view text)
{
    if (!text.starts_with("bytes "))
        return std::nullopt;
    text.remove_prefix(6);
    const auto dash = text.find('-'), slash = text.find('/');
    if (dash == text.npos || slash == text.npos || dash > slash)
        return std::nullopt;
    const auto first = grammar::number(text.substr(0, dash));
    const auto last = grammar::number(text.substr(dash + 1, slash - dash - 1));
    const auto size = grammar::number(text.substr(slash + 1));
    if (!first || !last || !size || *first > *last || *last >= *size)
        return std::nullopt;
    return S3ContentRange{*first, *last, *size};
}

Task<std::optional<S3Reader::Opened>> S3Reader::open(S3Client& client, std::string key)
{
    const S3Call call = ranged_call(key, 0, first_window);
    S3Answer answer = co_await client.send(call);
    if (answer.status == 404 && answer.error != "NoSuchBucket")
        co_return std::nullopt;
    Opened opened;
    // An empty object has no first byte (some stores send nothing of it instead).
    if (answer.status == 416 || (answer.status == 200 && answer.body.empty()))
        co_return opened;
    if (answer.status / 100 != 2)
        throw_s3_refusal(call, answer);
    opened.size = check_range(answer, 0, first_window);
    opened.begin = std::make_shared<const S3Window>(S3Window{0, std::move(answer.body)});
    co_return opened;
}

Task<S3WindowPtr> S3Reader::fetch_at(std::uint64_t offset)
{
    const std::uint64_t length = std::min(length_, size_ - offset);
    const S3Call call = ranged_call(key_, offset, length);
    S3Answer answer = co_await client_.send(call);
    if (answer.status / 100 != 2)
        throw_s3_refusal(call, answer);
    if (check_range(answer, offset, length) != size_)
        throw Unavailable("an object of the S3 store changed while it was read");
    co_return std::make_shared<const S3Window>(S3Window{offset, std::move(answer.body)});
}

Task<> S3Reader::run_fetch(std::shared_ptr<S3Reader> self, std::shared_ptr<Fetch> fetch)
{
    try {
        S3WindowPtr window = co_await self->fetch_at(fetch->offset);
        fetch->window = std::move(window);
    } catch (...) {
        fetch->failure = std::current_exception();
    }
    fetch->ended.cancel();
}

Task<S3WindowPtr> S3Reader::finish(std::shared_ptr<Fetch> fetch)
{
    const auto token = boost::asio::as_tuple(boost::asio::use_awaitable_t<Executor>());
    while (!fetch->window && !fetch->failure)
        co_await fetch->ended.async_wait(token);
    if (fetch->failure)
        std::rethrow_exception(std::exchange(fetch->failure, nullptr));
    co_return fetch->window;
}

Task<S3WindowPtr> S3Reader::window_at(std::shared_ptr<S3Reader> self, std::uint64_t offset)
{
    const bool goes_on = offset == self->expected_;
    const std::shared_ptr<Fetch> ahead = std::exchange(self->ahead_, nullptr);
    S3WindowPtr window;
    if (ahead && ahead->offset == offset) {
        window = co_await self->finish(ahead);
    } else {
        self->length_ = goes_on ? self->length_ : 2 * first_window;
        window = co_await self->fetch_at(offset);
    }
    self->expected_ = offset + window->bytes.size();
    self->length_ = std::min(2 * self->length_, largest_window);
    if (goes_on && self->expected_ < self->size_) {
        self->ahead_ = std::make_shared<Fetch>(self->loop_, self->expected_);
        self->background_.spawn(self->loop_, run_fetch(self, self->ahead_));
    }
    co_return window;
}

} // namespace vitrina
