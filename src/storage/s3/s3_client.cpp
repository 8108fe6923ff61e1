#include "storage/s3/s3_client.hpp"

#include "core/errors.hpp"
#include "core/random.hpp"
#include "core/sleep.hpp"
#include "http/grammar.hpp"
#include "http/method_name.hpp"
#include "storage/s3/s3_reply.hpp"

#include <algorithm>
#include <array>

namespace vitrina {
namespace {

using steady_clock = std::chrono::steady_clock;

// The body for curl, piece by piece: a text would be copied whole for every attempt.
class BodySource final : public ContentSource {
public:
    explicit BodySource(const std::optional<S3Body>& body)
        : owner_(body ? body->owner : nullptr), bytes_(body ? body->bytes : std::span<const std::byte>())
    {
    }
    std::uint64_t size() const override { return bytes_.size(); }
    int descriptor() const override { return -1; }
    Task<std::size_t> read(std::uint64_t offset, std::span<std::byte> out) override
    {
        const std::size_t at = std::min<std::uint64_t>(offset, bytes_.size());
        const std::span<const std::byte> piece = bytes_.subspan(at, std::min(out.size(), bytes_.size() - at));
        std::ranges::copy(piece, out.begin());
        co_return piece.size();
    }

private:
    std::shared_ptr<const void> owner_;
    std::span<const std::byte> bytes_;
};

// What a later attempt may well get past.
bool is_passing(int status, std::string_view error)
{
    static constexpr std::array<std::string_view, 5> codes{"RequestTimeout", "SlowDown", "InternalError",
                                                           "OperationAborted", "ConditionalRequestConflict"};
    return status == 429 || status == 500 || status == 502 || status == 503 || status == 504 ||
           std::ranges::find(codes, error) != codes.end();
}

bool is_full(int status, std::string_view error)
{
    return status == 507 || error == "QuotaExceeded";
}

// Newer ones may be taken. An answer to HEAD has no body to say so in.
bool doubts_credentials(int status, std::string_view error)
{
    static constexpr std::array<std::string_view, 4> codes{"ExpiredToken", "InvalidToken", "TokenRefreshRequired",
                                                           "InvalidAccessKeyId"};
    return std::ranges::find(codes, error) != codes.end() ||
           (error.empty() && (status == 400 || status == 401 || status == 403));
}

std::string in_words(const OutboundReply& reply, std::string_view error)
{
    std::string text = "the S3 store answered " + std::to_string(reply.status);
    if (!error.empty())
        text += ' ' + std::string(error);
    return text;
}

} // namespace

S3Client::S3Client(S3ClientOptions options, const Clock& clock)
    : options_(std::move(options)), clock_(clock), outbound_(options_.outbound), signer_(options_.region, "s3")
{
}

Task<S3Answer> S3Client::send(const S3Call& call)
{
    const auto began = steady_clock::now();
    for (int attempts = 1;; ++attempts) {
        S3Attempt result = co_await attempt(call);
        if (auto* answer = std::get_if<S3Answer>(&result))
            co_return std::move(*answer);
        const S3Trouble& trouble = std::get<S3Trouble>(result);
        const bool may_repeat = !trouble.acted_on || call.repeat == S3Repeat::harmless;
        if (!may_repeat)
            throw Unavailable(trouble.reason);
        const bool again = co_await pause(attempts, began);
        if (!again)
            throw Unavailable(trouble.reason);
    }
}

Task<bool> S3Client::pause(int attempts, steady_clock::time_point began)
{
    if (attempts >= options_.attempts || steady_clock::now() - began >= options_.patience)
        co_return false;
    const auto whole = options_.first_pause * (1 << std::min(attempts - 1, 5));
    const std::chrono::duration<double, std::milli> share = whole * (0.5 + roll_dice() / 2);
    co_await sleep_for(std::chrono::duration_cast<steady_clock::duration>(share));
    co_return true;
}

Task<S3Attempt> S3Client::attempt(const S3Call& call)
{
    bool corrected = false, renewed = false;
    while (true) {
        S3Trouble unsigned_yet{false, ""};
        AwsCredentials credentials;
        try {
            credentials = co_await options_.credentials->get();
        } catch (const AwsRefused&) {
            throw;
        } catch (const Unavailable& error) {
            unsigned_yet.reason = error.what();
        }
        if (!unsigned_yet.reason.empty())
            co_return unsigned_yet;
        OutboundResult result = co_await send_signed(call, credentials);
        if (auto* failure = std::get_if<OutboundFailure>(&result)) {
            S3Trouble trouble{failure->sent == OutboundFailure::Sent::unknown,
                              "the S3 store cannot be reached: " + failure->reason};
            co_return trouble;
        }
        OutboundReply& reply = std::get<OutboundReply>(result);
        // A 2xx with an error in it is no answer to a reading request, and Complete looks for itself.
        const std::string error = reply.status >= 300 ? parse_s3_error(reply.body).value_or("") : "";
        if (is_full(reply.status, error))
            throw StorageFull(in_words(reply, error));
        if (is_passing(reply.status, error)) {
            const bool refused_at_once = reply.status == 503 || reply.status == 429 || error == "SlowDown";
            S3Trouble trouble{!refused_at_once, in_words(reply, error)};
            co_return trouble;
        }
        if (!corrected && correct_clock(reply, error)) {
            corrected = true;
            continue;
        }
        if (!renewed && doubts_credentials(reply.status, error)) {
            renewed = co_await options_.credentials->renew(credentials.access_key);
            if (renewed)
                continue;
        }
        S3Answer answer{reply.status, std::move(reply.headers), std::move(reply.body), error};
        co_return answer;
    }
}

// True when the store's time was not what we took it for; the next signature says the store's.
bool S3Client::correct_clock(const OutboundReply& reply, std::string_view error)
{
    // An answer to HEAD has no body to say RequestTimeTooSkewed in.
    if (reply.status != 403 || (!error.empty() && error != "RequestTimeTooSkewed"))
        return false;
    const auto theirs = parse_http_date(reply.headers.get("Date"));
    if (!theirs)
        return false;
    const auto ahead = std::chrono::floor<std::chrono::seconds>(*theirs - clock_.now()).count();
    const auto known = ahead_.exchange(ahead);
    return std::abs(ahead - known) > 60;
}

Headers S3Client::signed_headers(const S3Call& call, const AwsCredentials& credentials)
{
    static const std::string nothing = sha256_hex("");
    SigV4Request request{.method = name(call.method), .path = options_.address.path(call.key), .query = call.query};
    request.payload = call.body ? call.body->sha256 : nothing;
    Headers sent;
    if (call.body && proof() == S3Proof::md5) {
        request.payload = unsigned_payload;
        if (!call.body->md5.empty())
            sent.add("Content-MD5", call.body->md5);
    }
    sent.add("x-amz-content-sha256", request.payload);
    for (const Header& header : call.headers)
        sent.add(header.name, header.value);

    request.headers.add("Host", options_.address.host); // curl says the same
    for (const Header& header : sent) {
        const std::string field = grammar::lower(header.name);
        if (field.starts_with("x-amz-") || field == "content-type" || field == "content-md5")
            request.headers.add(header.name, header.value);
    }
    const Instant now = clock_.now() + std::chrono::seconds(ahead_.load());
    for (const Header& header : signer_.sign(std::move(request), credentials, now))
        sent.add(header.name, header.value);
    return sent;
}

Task<ObjectLinks::Made> S3Client::presign(S3Presigned wanted)
{
    const AwsCredentials credentials = co_await options_.credentials->get();
    const S3Address& at = wanted.at ? *wanted.at : options_.address;
    SigV4Request request{.method = name(wanted.method), .path = at.path(wanted.key), .query = std::move(wanted.query)};
    request.headers.add("Host", at.host);
    request.payload = unsigned_payload;
    const Instant now = clock_.now() + std::chrono::seconds(ahead_.load());
    const std::string query = signer_.presign(std::move(request), credentials, now, wanted.valid_for);
    std::chrono::seconds good_for = wanted.valid_for;
    if (credentials.expires)
        good_for = std::min(good_for, std::chrono::floor<std::chrono::seconds>(*credentials.expires - now));
    co_return ObjectLinks::Made{at.url(wanted.key, query), std::max(good_for, std::chrono::seconds(0))};
}

Task<OutboundResult> S3Client::send_signed(const S3Call& call, AwsCredentials credentials)
{
    BodySource source(call.body);
    OutboundRequest request;
    request.method = call.method;
    request.url = options_.address.url(call.key, canonical_query(call.query));
    request.headers = signed_headers(call, credentials);
    request.body.source = &source;
    request.body.length = source.size();
    request.reach = Reach::operator_named;
    request.repeat = call.repeat == S3Repeat::harmless ? Repeat::harmless : Repeat::never;
    request.answer_within = call.answer_within;
    // The same: while it completes a large upload, a store sends a blank now and then.
    request.stalled_after = call.answer_within;
    request.largest_answer = call.largest_answer;
    OutboundResult result = co_await outbound_.send(std::move(request));
    co_return result;
}

bool is_s3_not_implemented(const S3Answer& answer)
{
    return answer.status == 501 || answer.error == "NotImplemented";
}

void throw_s3_refusal(const S3Call& call, const S3Answer& answer)
{
    std::string text = "the S3 store answered " + std::to_string(answer.status);
    if (!answer.error.empty())
        text += ' ' + answer.error;
    text += std::string(" to ") + name(call.method) + (call.key.empty() ? " of the bucket" : " of an object");
    if (answer.status == 403)
        text += "; see AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and what the key may do in the bucket";
    throw Unavailable(text);
}

} // namespace vitrina
