#include "api/upload_reception.hpp"

#include "api/error_response.hpp"
#include "core/digest.hpp"

#include <exception>

namespace vitrina {

namespace {

// What a form has beside its file: its texts, boundaries and headers.
constexpr std::uint64_t most_around_a_file = 1024 * 1024;

// Two uploads are the same request when these words and these bytes are; the form around them (its boundary, the
// order of its parts) is made anew by every client for every attempt.
std::string fingerprint_of(const VideoWords& words, std::string_view file_sha256)
{
    std::string text = words.title.text();
    text += '\0';
    text += words.description.text();
    for (const std::string& tag : words.tags.list()) {
        text += '\0';
        text += tag;
    }
    text += '\n';
    text += file_sha256;
    return sha256_hex(text);
}

} // namespace

// One upload from its first byte to its answer.
class UploadReception::Reception final : public UploadTarget {
public:
    Reception(UploadReception& owner, const Request& request, const UploadSurface& surface,
              std::optional<std::string> scope)
        : owner_(owner), request_(request), surface_(surface), scope_(std::move(scope))
    {
    }

    Task<Response> run()
    {
        const auto announced = request_.stream->announced_size();
        if (owner_.options_.max_file > 0 && announced > owner_.options_.max_file + most_around_a_file)
            co_return error_response(request_, too_large()); // before a byte of it is asked for
        Result<UploadForm> form = co_await read_upload_form(request_, *this);
        if (!form)
            co_return error_response(request_, form.error());
        const Result<VideoWords> words = judge(*form);
        if (!words)
            co_return error_response(request_, words.error());
        if (stored_ || former_)
            co_return co_await answer_again(*words);
        co_return co_await make_video(*words);
    }

    Task<Result<void>> begin(std::string client_name) override
    {
        const auto announced = request_.stream ? request_.stream->announced_size() : std::nullopt;
        upload_ = owner_.uploads_.open(std::move(client_name), announced);
        if (!scope_)
            co_return Result<void>();
        std::string subject = upload_->id().text();
        const std::string not_known_yet;
        IdempotencyKeys::Outcome outcome = co_await owner_.keys_.claim(*scope_, std::move(subject), not_known_yet);
        renewed_at_ = std::chrono::steady_clock::now();
        if (std::holds_alternative<IdempotencyKeys::Running>(outcome))
            co_return still_running();
        if (auto* stored = std::get_if<StoredAnswer>(&outcome))
            stored_ = std::move(*stored);
        else if (auto* reserved = std::get_if<IdempotencyKeys::Reserved>(&outcome))
            claim_ = std::move(reserved->claim);
        else
            co_await take_over(std::move(std::get<IdempotencyKeys::TakenOver>(outcome)));
        if (stored_ || former_)
            replayed_.emplace(); // the bytes are only compared
        co_return Result<void>();
    }

    Task<Result<void>> write(std::span<const std::byte> bytes) override
    {
        bytes_ += bytes.size();
        if (owner_.options_.max_file > 0 && bytes_ > owner_.options_.max_file)
            co_return too_large();
        co_await keep_claim();
        if (replayed_)
            replayed_->add(bytes);
        else
            co_await upload_->write(bytes);
        co_return Result<void>();
    }

    // After run(), whatever came of it: an answer is kept under the key. Without one the key is free again, unless
    // the video was made: then the next request with the key has to find it.
    Task<> settle(const Response* response)
    {
        std::optional<StoredAnswer> answer;
        if (claim_ && response)
            answer = recordable(*response, fingerprint_);
        if (answer)
            co_await owner_.keys_.record(*claim_, std::move(*answer));
        else if (claim_ && (is_made_ || may_be_made_))
            co_await owner_.keys_.hand_back(*claim_);
        else if (claim_)
            co_await owner_.keys_.release(*claim_);
    }

private:
    Fault too_large() const
    {
        return {FaultKind::too_large, "VT-UPL-014",
                "The file is larger than the " + std::to_string(owner_.options_.max_file) +
                    " bytes this server accepts."};
    }

    Result<VideoWords> judge(const UploadForm& form)
    {
        if (!form.has_file)
            return Fault{FaultKind::invalid, "VT-UPL-010", "No video file provided",
                         "Send the file as the part \"video\", with a file name."};
        return surface_.judge(form);
    }

    Task<Response> make_video(const VideoWords& words)
    {
        const auto last_byte = std::chrono::steady_clock::now();
        Upload::Fence fence;
        if (claim_) // a sync that outlasts the claim must not make a second video beside the repeated request's
            fence = [claim = *claim_](Transaction& transaction) { return IdempotencyKeys::holds(transaction, claim); };
        may_be_made_ = true; // an engine that is lost in the middle of a commit tells nobody
        const Result<Video> received =
            co_await upload_->finish(words.title, words.description, words.tags, std::move(fence));
        if (!received) {
            may_be_made_ = false;
            co_return error_response(request_, received.error());
        }
        owner_.counters_.finalize.add(std::chrono::steady_clock::now() - last_byte);
        is_made_ = true;
        fingerprint_ = fingerprint_of(words, received->sha256);
        if (claim_)
            co_await owner_.keys_.renew(*claim_);
        const Result<Video> known = co_await owner_.uploads_.await_facts(received->id, surface_.patience);
        if (!known)
            co_return error_response(request_, known.error());
        owner_.counters_.bytes_acknowledged += bytes_;
        co_return co_await surface_.created(request_, *known);
    }

    // The same request again: its answer again. Another one under the same key: a mistake of the client.
    Task<Response> answer_again(const VideoWords& words)
    {
        fingerprint_ = fingerprint_of(words, hex(replayed_->finish()));
        if (stored_)
            co_return stored_->fingerprint == fingerprint_ ? replay(*stored_) : error_response(request_, other_body());
        // What was made before the process died, with the words it was made with.
        if (fingerprint_ != former_fingerprint_)
            co_return error_response(request_, other_body());
        const Result<Video> known = co_await owner_.uploads_.await_facts(former_->id, surface_.patience);
        if (!known)
            co_return error_response(request_, known.error());
        co_return co_await surface_.created(request_, *known);
    }

    Task<> take_over(IdempotencyKeys::TakenOver taken)
    {
        claim_ = std::move(taken.claim);
        const std::optional<VideoId> id = VideoId::parse(taken.subject);
        if (!id)
            co_return;
        former_ = co_await owner_.videos_.find(*id);
        if (!former_) {
            // Nothing came of it: this request makes the video, under an id of its own.
            std::string subject = upload_->id().text();
            co_await owner_.keys_.set_subject(*claim_, std::move(subject));
            co_return;
        }
        is_made_ = true;
        const auto title = VideoTitle::parse(former_->title);
        const auto description = VideoDescription::parse(former_->description);
        const auto tags = VideoTags::parse(former_->tags);
        if (title && description && tags)
            former_fingerprint_ = fingerprint_of({*title, *description, *tags}, former_->sha256);
    }

    Task<> keep_claim()
    {
        const auto now = std::chrono::steady_clock::now();
        if (!claim_ || now - renewed_at_ < IdempotencyKeys::lease / 3)
            co_return;
        renewed_at_ = now;
        co_await owner_.keys_.renew(*claim_);
    }

    UploadReception& owner_;
    const Request& request_;
    const UploadSurface& surface_;
    std::optional<std::string> scope_; // of the Idempotency-Key; nothing without one

    std::unique_ptr<Upload> upload_;
    std::uint64_t bytes_ = 0;
    std::optional<IdempotencyClaim> claim_;
    std::chrono::steady_clock::time_point renewed_at_;
    std::optional<StoredAnswer> stored_;  // the answer given before under the key…
    std::optional<Video> former_;         // …or the video made before, whose answer was lost
    std::string former_fingerprint_;
    std::optional<Sha256Sum> replayed_;   // in both cases the bytes are only summed up
    std::string fingerprint_;
    bool may_be_made_ = false;
    bool is_made_ = false; // there is a video, by this request or by the one whose claim was taken over
};

Task<Response> UploadReception::receive(const Request& request, const UploadSurface& surface)
{
    Result<std::optional<std::string>> scope = idempotency_scope(request, surface.pattern);
    if (!scope)
        co_return error_response(request, scope.error());

    Reception reception(*this, request, surface, std::move(*scope));
    Response response;
    std::exception_ptr thrown;
    ++counters_.active;
    try {
        response = co_await reception.run();
    } catch (...) {
        thrown = std::current_exception();
    }
    --counters_.active;
    if (thrown)
        ++counters_.broken;
    else
        ++(response.status == 201 ? counters_.completed : counters_.refused);
    co_await reception.settle(thrown ? nullptr : &response);
    if (thrown)
        std::rethrow_exception(thrown);
    co_return response;
}

} // namespace vitrina
