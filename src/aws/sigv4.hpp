#pragma once
#include "core/clock.hpp"
#include "core/digest.hpp"
#include "core/secret.hpp"
#include "http/request.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vitrina {

// AWS Signature Version 4 in the way of S3: the path is encoded once and never normalised. No clock, no sockets.

using SigV4Query = std::vector<std::pair<std::string, std::string>>; // names and values as they are, not encoded

// For requests whose bytes TLS protects, and for presigned URLs.
inline constexpr std::string_view unsigned_payload = "UNSIGNED-PAYLOAD";

// What a signature covers.
struct SigV4Request {
    std::string method;
    std::string path; // encoded, as it is sent
    SigV4Query query;
    Headers headers;     // all of them are signed; Host must be among them
    std::string payload; // SHA-256 of the body in hex, or unsigned_payload
};

// Where and when a signature holds.
struct SigV4Scope {
    Instant time;
    std::string region;
    std::string service = "s3";
};

std::string encode_path(std::string_view path);
// Encoded, then sorted: also the query to send.
std::string canonical_query(const SigV4Query& query);
std::string canonical_request(const SigV4Request& request);
std::string signed_header_names(const Headers& headers); // "host;x-amz-date"

std::string amz_date(Instant time); // "20130524T000000Z"
std::string credential_scope(const SigV4Scope& scope);
std::string string_to_sign(const SigV4Scope& scope, std::string_view canonical);
// Good for the scope's day.
Sha256 signing_key(const Secret& secret_key, const SigV4Scope& scope);
std::string signature(const Sha256& key, std::string_view string_to_sign);

// The value of the Authorization header.
std::string authorization(const SigV4Request& request, const SigV4Scope& scope, std::string_view access_key,
                          const Sha256& key);

// The query of a URL that carries its own permission, signature included.
std::string presigned_query(SigV4Request request, const SigV4Scope& scope, std::string_view access_key,
                            std::chrono::seconds valid_for, const Sha256& key);

} // namespace vitrina
