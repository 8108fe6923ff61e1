#pragma once
#include "core/digest.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string>

namespace vitrina {

// What proves that bytes arrived. Under TLS nobody can change them, and a cheap sum finds accidents.
enum class S3Proof { sha256, md5 };

// Bytes to send with their proof. Shared: a request may be sent again while its sender goes on.
struct S3Body {
    std::shared_ptr<const void> owner; // of the bytes
    std::span<const std::byte> bytes;
    std::string sha256; // in hex; "" when the proof is the other
    std::string md5;    // in base64; also "" where OpenSSL has none
};

// The proof of bytes that come piece by piece.
class S3BodySum {
public:
    explicit S3BodySum(S3Proof proof);
    ~S3BodySum();
    S3BodySum(S3BodySum&&) noexcept;
    S3BodySum& operator=(S3BodySum&&) noexcept;

    void add(std::span<const std::byte> bytes);
    // Once, at the end; `bytes` are all those that were added, and `owner` keeps them.
    S3Body finish(std::shared_ptr<const void> owner, std::span<const std::byte> bytes);

private:
    struct Md5;
    std::optional<Sha256Sum> sha256_;
    std::unique_ptr<Md5> md5_;
};

S3Body make_s3_body(std::string bytes, S3Proof proof);

} // namespace vitrina
