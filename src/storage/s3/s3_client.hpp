#pragma once
#include "aws/credential_provider.hpp"
#include "aws/signer.hpp"
#include "core/clock.hpp"
#include "http/outbound.hpp"
#include "storage/object_links.hpp"
#include "storage/s3/s3_address.hpp"
#include "storage/s3/s3_body.hpp"

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <variant>

namespace vitrina {

struct S3ClientOptions {
    S3Address address;
    std::string region = "us-east-1";
    std::shared_ptr<AwsCredentialProvider> credentials;
    Headers for_new_objects{}; // how the store keeps them: encryption, storage class
    OutboundOptions outbound;
    int attempts = 5;
    std::chrono::milliseconds first_pause{200}; // doubled with each attempt, half of it by chance
    std::chrono::seconds patience{60};          // nothing is tried again after this long
};

// Whether a request may be sent again when nobody knows whether the first was acted on.
enum class S3Repeat { harmless, never };

struct S3Call {
    Method method = Method::get;
    std::string key{}; // "" for the bucket
    SigV4Query query{};
    Headers headers{}; // beside those of every request
    std::optional<S3Body> body{}; // with the client's proof
    S3Repeat repeat = S3Repeat::harmless;
    std::chrono::seconds answer_within{30};
    std::size_t largest_answer = 256u << 10;
};

struct S3Answer {
    int status = 0;
    Headers headers;
    std::string body;
    std::string error; // its code, "NoSuchKey"; "" when it says none
};

// An address that carries its own permission.
struct S3Presigned {
    Method method = Method::get;
    std::string key;
    SigV4Query query{}; // such as response-content-type
    std::chrono::seconds valid_for{3600}; // a week at most
    const S3Address* at = nullptr; // where the store is known under another name; lives as long as the task
};

// No answer, or one that says "not now".
struct S3Trouble {
    bool acted_on = true; // perhaps; false when certainly not
    std::string reason;   // without a secret, a path or a query
};

using S3Attempt = std::variant<S3Answer, S3Trouble>;

// Signed requests to one bucket. What stays unanswered is Unavailable, a store without room is StorageFull, every
// other answer is a value. Usable from every loop at once.
class S3Client {
public:
    S3Client(S3ClientOptions options, const Clock& clock);

    // Tries as often as its kind allows. `call` lives as long as the task.
    Task<S3Answer> send(const S3Call& call);
    // Once (again when it turns out that our clock and the store's differ, or that there are newer credentials).
    Task<S3Attempt> attempt(const S3Call& call);
    // Waits before the attempt after this many; false when there should be none.
    Task<bool> pause(int attempts, std::chrono::steady_clock::time_point began);

    // Asks nobody.
    Task<ObjectLinks::Made> presign(S3Presigned wanted);

    const S3Address& address() const { return options_.address; }
    const Headers& for_new_objects() const { return options_.for_new_objects; }
    const std::string& region() const { return options_.region; }
    // What its bodies must bring.
    S3Proof proof() const { return options_.address.encrypted() ? S3Proof::md5 : S3Proof::sha256; }

private:
    Task<OutboundResult> send_signed(const S3Call& call, AwsCredentials credentials);
    Headers signed_headers(const S3Call& call, const AwsCredentials& credentials);
    bool correct_clock(const OutboundReply& reply, std::string_view error);

    const S3ClientOptions options_;
    const Clock& clock_;
    Outbound outbound_;
    AwsSigner signer_;
    std::atomic<std::int64_t> ahead_{0}; // seconds that the store's clock is ahead of ours
};

// The store has no such function.
bool is_s3_not_implemented(const S3Answer& answer);

// The store refused what should have been possible. Throws Unavailable.
[[noreturn]] void throw_s3_refusal(const S3Call& call, const S3Answer& answer);

} // namespace vitrina
