#include "api/idempotency.hpp"

#include "api/error_response.hpp"
#include "core/digest.hpp"
#include "core/random.hpp"

#include <algorithm>
#include <exception>

namespace vitrina {

namespace {

constexpr std::size_t longest_key = 255;

std::int64_t micros(std::chrono::microseconds duration)
{
    return duration.count();
}

std::string body_text(const Response& response)
{
    if (const auto* shared = std::get_if<SharedBody>(&response.body))
        return **shared;
    return std::get<std::string>(response.body);
}

// Everything that makes two requests the same one.
std::string fingerprint_of(const Request& request)
{
    std::string text = request.path + '\n' + request.query + '\n';
    text += request.headers.get("Content-Type");
    return sha256_hex(text + '\n' + request.body);
}

Task<Response> run_once(const Request& request, std::string scope, IdempotencyKeys& keys, const Handler& handler)
{
    const std::string fingerprint = fingerprint_of(request);
    const std::string no_subject;
    const IdempotencyKeys::Outcome outcome = co_await keys.claim(scope, no_subject, fingerprint);
    if (const auto* stored = std::get_if<StoredAnswer>(&outcome))
        co_return stored->fingerprint == fingerprint ? replay(*stored) : error_response(request, other_body());
    if (const auto* running = std::get_if<IdempotencyKeys::Running>(&outcome))
        co_return error_response(request, running->fingerprint == fingerprint ? still_running() : other_body());

    // What these handlers do is idempotent by itself after a crash (a publication is one for each video and account,
    // and remembers which request retried it), so a claim that was taken over simply runs.
    const auto* taken = std::get_if<IdempotencyKeys::TakenOver>(&outcome);
    const IdempotencyClaim claim = taken ? taken->claim : std::get<IdempotencyKeys::Reserved>(outcome).claim;

    Response response;
    std::exception_ptr thrown;
    try {
        response = co_await handler(request);
    } catch (...) {
        thrown = std::current_exception();
    }
    std::optional<StoredAnswer> answer;
    if (!thrown)
        answer = recordable(response, fingerprint);
    if (answer)
        co_await keys.record(claim, std::move(*answer));
    else
        co_await keys.release(claim);
    if (thrown)
        std::rethrow_exception(thrown);
    co_return response;
}

Task<Response> handle(const Request& request, std::string_view pattern, IdempotencyKeys& keys, const Handler& handler)
{
    Result<std::optional<std::string>> scope = idempotency_scope(request, pattern);
    if (!scope)
        co_return error_response(request, scope.error());
    if (!*scope)
        co_return co_await handler(request);
    co_return co_await run_once(request, std::move(**scope), keys, handler);
}

} // namespace

Task<IdempotencyKeys::Outcome> IdempotencyKeys::claim(std::string scope, std::string subject, std::string fingerprint)
{
    static constexpr Sql insert{
        "INSERT INTO idempotency_keys (scope, subject, fingerprint, runner, lease_until, expires_at) "
        "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (scope) DO UPDATE SET "
        "subject = excluded.subject, fingerprint = excluded.fingerprint, runner = excluded.runner, "
        "lease_until = excluded.lease_until, expires_at = excluded.expires_at, status = NULL, body = NULL "
        "WHERE idempotency_keys.expires_at <= $7"};
    static constexpr Sql query{"SELECT subject, fingerprint, lease_until, status, content_type, location, etag, body, "
                               "runner FROM idempotency_keys WHERE scope = $1"};
    static constexpr Sql take_over{"UPDATE idempotency_keys SET runner = $2, lease_until = $3 "
                                   "WHERE scope = $1 AND runner = $4 AND lease_until <= $5 AND status IS NULL"};

    const std::int64_t moment = now();
    const std::int64_t lease_until = moment + micros(lease);
    IdempotencyClaim claim{std::move(scope), random_hex(12)};
    const Rows inserted = co_await db_.write(insert, claim.scope, std::move(subject), fingerprint, claim.runner,
                                             lease_until, moment + micros(kept), moment);
    if (inserted.changed() == 1)
        co_return Reserved{std::move(claim)};

    const Rows rows = co_await db_.read(query, claim.scope);
    if (rows.empty()) // released between the two statements
        co_return Running{std::move(fingerprint)};
    const Row row = rows.front();
    if (!row.is_null(3)) {
        co_return StoredAnswer{int(row.integer(3)),      std::string(row.text(4)), std::string(row.text(5)),
                               std::string(row.text(6)), std::string(row.text(7)), std::string(row.text(1))};
    }
    const std::string known_fingerprint(row.text(1));
    const bool same = fingerprint.empty() || known_fingerprint.empty() || fingerprint == known_fingerprint;
    if (same && row.integer(2) <= moment) {
        const std::string former(row.text(8));
        const Rows taken = co_await db_.write(take_over, claim.scope, claim.runner, lease_until, former, moment);
        if (taken.changed() == 1)
            co_return TakenOver{std::move(claim), std::string(row.text(0))};
    }
    co_return Running{known_fingerprint};
}

Task<> IdempotencyKeys::renew(IdempotencyClaim claim)
{
    static constexpr Sql update{"UPDATE idempotency_keys SET lease_until = $3 "
                                "WHERE scope = $1 AND runner = $2 AND status IS NULL"};
    co_await db_.write(update, std::move(claim.scope), std::move(claim.runner), now() + micros(lease));
}

Task<bool> IdempotencyKeys::holds(Transaction& transaction, IdempotencyClaim claim)
{
    static constexpr Sql touch{"UPDATE idempotency_keys SET lease_until = lease_until "
                               "WHERE scope = $1 AND runner = $2 AND status IS NULL"};
    const Rows rows = co_await transaction.run(touch, std::move(claim.scope), std::move(claim.runner));
    co_return rows.changed() == 1;
}

Task<> IdempotencyKeys::set_subject(IdempotencyClaim claim, std::string subject)
{
    static constexpr Sql update{"UPDATE idempotency_keys SET subject = $3 "
                                "WHERE scope = $1 AND runner = $2 AND status IS NULL"};
    co_await db_.write(update, std::move(claim.scope), std::move(claim.runner), std::move(subject));
}

Task<> IdempotencyKeys::record(IdempotencyClaim claim, StoredAnswer answer)
{
    static constexpr Sql update{
        "UPDATE idempotency_keys SET status = $3, content_type = $4, location = $5, etag = $6, body = $7, "
        "fingerprint = $8 WHERE scope = $1 AND runner = $2 AND status IS NULL"};
    co_await db_.write(update, std::move(claim.scope), std::move(claim.runner), std::int64_t(answer.status),
                       std::move(answer.content_type), std::move(answer.location), std::move(answer.etag),
                       std::move(answer.body), std::move(answer.fingerprint));
}

Task<> IdempotencyKeys::release(IdempotencyClaim claim)
{
    static constexpr Sql remove{"DELETE FROM idempotency_keys WHERE scope = $1 AND runner = $2 AND status IS NULL"};
    co_await db_.write(remove, std::move(claim.scope), std::move(claim.runner));
}

Task<> IdempotencyKeys::hand_back(IdempotencyClaim claim)
{
    static constexpr Sql update{"UPDATE idempotency_keys SET lease_until = 0 "
                                "WHERE scope = $1 AND runner = $2 AND status IS NULL"};
    co_await db_.write(update, std::move(claim.scope), std::move(claim.runner));
}

Task<int> IdempotencyKeys::sweep()
{
    static constexpr Sql remove{"DELETE FROM idempotency_keys WHERE scope IN "
                                "(SELECT scope FROM idempotency_keys WHERE expires_at <= $1 LIMIT 1000)"};
    int removed = 0;
    while (true) {
        const Rows rows = co_await db_.write(remove, now());
        removed += int(rows.changed());
        if (rows.changed() < 1000)
            co_return removed;
    }
}

Result<std::optional<std::string>> idempotency_scope(const Request& request, std::string_view pattern)
{
    const std::optional<std::string_view> key = request.headers.find("Idempotency-Key");
    if (!key)
        return std::optional<std::string>();
    const bool printable = std::ranges::all_of(*key, [](char c) { return c > 0x20 && c < 0x7F; });
    if (key->empty() || key->size() > longest_key || !printable)
        return Fault{FaultKind::invalid, "VT-IDM-001",
                     "The Idempotency-Key must have 1 to 255 visible ASCII characters.", "A UUID is a good key."};
    std::string text = "idempotency\n";
    text += pattern;
    text += '\n' + request.caller + '\n';
    text += *key;
    return std::optional(sha256_hex(text));
}

std::vector<Route> with_idempotency(std::vector<Route> routes, IdempotencyKeys& keys)
{
    for (Route& route : routes) {
        if (route.method != Method::post || route.body == Body::streamed)
            continue;
        route.handler = [&keys, pattern = route.pattern, handler = std::move(route.handler)](const Request& request) {
            return handle(request, pattern, keys, handler);
        };
    }
    return routes;
}

Response replay(const StoredAnswer& answer)
{
    Response response(answer.status, answer.content_type, answer.body);
    if (!answer.location.empty())
        response.headers.add("Location", answer.location);
    if (!answer.etag.empty())
        response.headers.add("ETag", answer.etag);
    response.headers.add("Idempotency-Replayed", "true");
    return response;
}

Fault still_running()
{
    return {.kind = FaultKind::conflict,
            .code = "VT-IDM-002",
            .message = "The first request with this Idempotency-Key is still being worked on.",
            .hint = "Send it again in a moment: it will get the first one's answer.",
            .retry_after = std::chrono::seconds(1)};
}

Fault other_body()
{
    return {FaultKind::unprocessable, "VT-IDM-003", "This Idempotency-Key was used for another request.",
            "Use a new key for a new request."};
}

std::optional<StoredAnswer> recordable(const Response& response, std::string fingerprint)
{
    const bool whole =
        std::holds_alternative<std::string>(response.body) || std::holds_alternative<SharedBody>(response.body);
    if (response.status < 200 || response.status > 299 || !whole)
        return std::nullopt;
    return StoredAnswer{response.status,
                        std::string(response.headers.get("Content-Type")),
                        std::string(response.headers.get("Location")),
                        std::string(response.headers.get("ETag")),
                        body_text(response),
                        std::move(fingerprint)};
}

} // namespace vitrina
