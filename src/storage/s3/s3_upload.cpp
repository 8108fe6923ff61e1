#include "storage/s3/s3_upload.hpp"

#include "core/errors.hpp"
#include "core/fail_point.hpp"
#include "core/log.hpp"
#include "http/grammar.hpp"
#include "storage/s3/s3_reply.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace vitrina {
namespace {

constexpr std::size_t most_in_flight = 3;
constexpr std::size_t most_parts = 10'000; // of S3

// As a part's ETag goes into XML; nothing when it could not have come from a store in its right mind.
std::optional<std::string> as_xml(std::string_view tag)
{
    std::string out;
    for (const char c : tag)
        if (c == '"')
            out += "&quot;";
        else if (grammar::is_unreserved(c) || c == '/' || c == '+' || c == '=')
            out += c;
        else
            return std::nullopt;
    return out.empty() || tag.size() > 256 ? std::nullopt : std::optional(out);
}

} // namespace

class S3Upload::Busy {
public:
    explicit Busy(S3Upload& upload) : upload_(upload) { upload_.busy_ = true; }
    ~Busy()
    {
        upload_.busy_ = false;
        upload_.changed_.cancel();
    }
    Busy(const Busy&) = delete;
    Busy& operator=(const Busy&) = delete;

private:
    S3Upload& upload_;
};

Task<> S3Upload::wait_for_change()
{
    const auto token = boost::asio::as_tuple(boost::asio::use_awaitable_t<Executor>());
    co_await changed_.async_wait(token);
}

void S3Upload::throw_failure()
{
    if (failure_)
        std::rethrow_exception(std::exchange(failure_, nullptr)); // whoever catches it is on another loop
    if (failed_)
        throw Unavailable("a part of the object was lost before");
}

Task<> S3Upload::begin()
{
    S3Call call{.method = Method::post, .key = key_, .query = {{"uploads", ""}}};
    call.repeat = S3Repeat::never; // each would begin another upload
    call.headers = objects_.of_new_object(writer_);
    const S3Answer answer = co_await objects_.client().send(call);
    if (answer.status != 200)
        throw_s3_refusal(call, answer);
    auto id = parse_s3_upload_id(answer.body);
    if (!id)
        throw Unavailable("the S3 store began an upload without saying its id");
    id_ = std::move(*id);
    FAIL_POINT("s3_store.begun");
}

Task<> S3Upload::add(std::shared_ptr<S3Upload> self, S3Body part)
{
    const Busy busy(*self);
    if (self->id_.empty())
        co_await self->begin();
    while (self->in_flight_ >= most_in_flight && !self->failed_ && !self->abandoned_)
        co_await self->wait_for_change();
    self->throw_failure();
    if (self->abandoned_)
        co_return;
    if (self->tags_.size() == most_parts)
        throw StorageFull("the object has more than 10,000 parts; make them larger with VITRINA_S3_PART");
    self->tags_.emplace_back();
    ++self->in_flight_;
    self->background_.spawn(self->loop_, send_part(self, self->tags_.size(), std::move(part)));
}

Task<> S3Upload::send_part(std::shared_ptr<S3Upload> self, std::size_t number, S3Body body)
{
    try {
        std::string tag = co_await self->put_part(number, std::move(body));
        self->tags_[number - 1] = std::move(tag);
    } catch (...) {
        if (!std::exchange(self->failed_, true))
            self->failure_ = std::current_exception();
    }
    --self->in_flight_;
    self->changed_.cancel();
}

Task<std::string> S3Upload::put_part(std::size_t number, S3Body body)
{
    S3Call call{.method = Method::put,
                .key = key_,
                .query = {{"partNumber", std::to_string(number)}, {"uploadId", id_}},
                .body = std::move(body)};
    call.answer_within = std::chrono::seconds(60);
    FAIL_POINT("s3_store.part");
    const S3Answer answer = co_await objects_.client().send(call);
    FAIL_POINT("s3_store.part_sent");
    if (answer.status != 200)
        throw_s3_refusal(call, answer);
    auto tag = as_xml(answer.headers.get("ETag"));
    if (!tag)
        throw Unavailable("the S3 store took a part without saying its ETag");
    co_return std::move(*tag);
}

std::string S3Upload::list_of_parts() const
{
    std::string xml = "<CompleteMultipartUpload>";
    for (std::size_t i = 0; i < tags_.size(); ++i)
        xml += "<Part><PartNumber>" + std::to_string(i + 1) + "</PartNumber><ETag>" + tags_[i] + "</ETag></Part>";
    return xml + "</CompleteMultipartUpload>";
}

bool S3Upload::settles(const S3Call& call, const S3Answer& answer)
{
    if (answer.status == 200)
        return is_s3_completion(answer.body); // an <Error> may come with 200
    if (answer.status == 412 || answer.error == "NoSuchUpload" || is_s3_not_implemented(answer))
        return false;
    throw_s3_refusal(call, answer);
}

Task<bool> S3Upload::is_there()
{
    const auto there = co_await objects_.head(key_);
    if (there && there->writer != writer_)
        throw_s3_key_exists(key_);
    co_return there.has_value();
}

Task<> S3Upload::complete(std::shared_ptr<S3Upload> self)
{
    const Busy busy(*self);
    while (self->in_flight_ > 0)
        co_await self->wait_for_change();
    self->throw_failure();
    const S3Body parts = make_s3_body(self->list_of_parts(), self->objects_.client().proof());
    const auto began = std::chrono::steady_clock::now();
    for (int attempts = 1;; ++attempts) {
        S3Call call{.method = Method::post, .key = self->key_, .query = {{"uploadId", self->id_}}, .body = parts};
        call.repeat = S3Repeat::never;
        call.answer_within = std::chrono::minutes(5); // it may put terabytes together
        call.headers.add("Content-Type", "application/xml");
        self->objects_.make_conditional(call.headers);
        FAIL_POINT("s3_store.complete");
        const S3Attempt result = co_await self->objects_.client().attempt(call);
        FAIL_POINT("s3_store.completed");
        std::string reason = "the S3 store did not complete an upload";
        if (const auto* answer = std::get_if<S3Answer>(&result)) {
            self->completed_ = self->settles(call, *answer);
            if (self->completed_)
                co_return;
            if (self->objects_.learns_unconditional(call, *answer))
                continue;
            const std::string error = answer->error.empty() ? parse_s3_error(answer->body).value_or("") : answer->error;
            reason += error.empty() ? "" : ": " + error;
        } else {
            reason = std::get<S3Trouble>(result).reason;
        }
        // It may have happened all the same: only the object itself can tell.
        self->completed_ = co_await self->is_there();
        if (self->completed_)
            co_return;
        const bool again = co_await self->objects_.client().pause(attempts, began);
        if (!again)
            throw Unavailable(reason);
    }
}

Task<> S3Upload::abandon(std::shared_ptr<S3Upload> self)
{
    self->abandoned_ = true;
    self->changed_.cancel();
    // A part that arrives after the abort would stay.
    while (self->in_flight_ > 0 || self->busy_)
        co_await self->wait_for_change();
    if (self->id_.empty())
        co_return;
    try {
        if (self->completed_) // as its writer went away
            co_await self->objects_.remove(self->key_);
        else
            co_await self->objects_.abort_upload(self->key_, self->id_);
    } catch (const std::exception& trouble) {
        log(LogLevel::warn, "the parts of an unfinished upload stay for now",
            {{"key", self->key_}, {"reason", trouble.what()}});
    }
}

} // namespace vitrina
