#pragma once
#include "core/clock.hpp"
#include "core/result.hpp"
#include "db/database.hpp"
#include "http/route.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace vitrina {

// What a request with an Idempotency-Key has reserved: its key, for as long as the lease is renewed.
struct IdempotencyClaim {
    std::string scope;
    std::string runner; // this very request; a claim taken over has another
};

// The answer that was given under the key.
struct StoredAnswer {
    int status = 0;
    std::string content_type, location, etag, body;
    std::string fingerprint; // of the request that got it
};

// A key that stands for one effect, however often the request is sent: same key and body, same answer; same key and
// another body, 422. Reserve, act, record:
//
// - The key is reserved, durably, under a lease, before anything happens. A second request meanwhile is told 409.
// - The reservation names its subject: the id of what the request is about to make. When the process dies before
//   the answer is recorded, the next request with the key takes the lease over and finds by the subject whether the
//   effect had happened; so it is neither lost nor repeated.
// - Only successes are recorded. After a refusal the key is free again: nothing was done under it.
class IdempotencyKeys {
public:
    static constexpr std::chrono::hours kept{72};
    static constexpr std::chrono::seconds lease{30}; // renewed at a third of it while a body is received

    IdempotencyKeys(Database& database, const Clock& clock) : db_(database), clock_(clock) {}

    struct Reserved { // ours: go ahead
        IdempotencyClaim claim;
    };
    struct TakenOver { // ours, after whoever had it vanished
        IdempotencyClaim claim;
        std::string subject;
    };
    struct Running {
        std::string fingerprint; // "" when not known yet
    };
    using Outcome = std::variant<Reserved, TakenOver, Running, StoredAnswer>;

    // `fingerprint` may be "" when the body has not been read yet.
    Task<Outcome> claim(std::string scope, std::string subject, std::string fingerprint);
    Task<> renew(IdempotencyClaim claim);
    // Whether the claim is still ours, held until the transaction ends: what it makes is made by no other request.
    static Task<bool> holds(Transaction& transaction, IdempotencyClaim claim);
    // Another subject for a claim whose first one came to nothing.
    Task<> set_subject(IdempotencyClaim claim, std::string subject);
    Task<> record(IdempotencyClaim claim, StoredAnswer answer);
    // Nothing was done: the key is as if it had never been used.
    Task<> release(IdempotencyClaim claim);
    // The effect is there and its answer is not: the next request with the key takes over at once.
    Task<> hand_back(IdempotencyClaim claim);

    // Removes keys past their time, a bounded number at a time; how many.
    Task<int> sweep();

private:
    std::int64_t now() const { return clock_.now().time_since_epoch().count(); }

    Database& db_;
    const Clock& clock_;
};

// The key of the request, bound to its route and caller; nothing when it has none, a fault when it is no key.
Result<std::optional<std::string>> idempotency_scope(const Request& request, std::string_view pattern);

// Wraps the handlers of all POST routes with a buffered body; a request without the header passes as before.
std::vector<Route> with_idempotency(std::vector<Route> routes, IdempotencyKeys& keys);

// For who receives bodies on their own (uploads).
Response replay(const StoredAnswer& answer);
Fault still_running();
Fault other_body();
// What is to be recorded of a response; nothing unless it is a success with a whole body.
std::optional<StoredAnswer> recordable(const Response& response, std::string fingerprint);

} // namespace vitrina
