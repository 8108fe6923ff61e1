#include "storage/s3/s3_body.hpp"

#include "core/base64.hpp"

#include <array>
#include <openssl/evp.h>

namespace vitrina {

// Absent where the machine's policy forbids MD5 (FIPS): it is only there against accidents, and may be left out.
struct S3BodySum::Md5 {
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    bool usable = context && EVP_DigestInit_ex(context, EVP_md5(), nullptr) == 1;
    ~Md5() { EVP_MD_CTX_free(context); }
};

S3BodySum::S3BodySum(S3Proof proof)
{
    if (proof == S3Proof::sha256)
        sha256_.emplace();
    else
        md5_ = std::make_unique<Md5>();
}

S3BodySum::~S3BodySum() = default;
S3BodySum::S3BodySum(S3BodySum&&) noexcept = default;
S3BodySum& S3BodySum::operator=(S3BodySum&&) noexcept = default;

void S3BodySum::add(std::span<const std::byte> bytes)
{
    if (sha256_)
        sha256_->add(bytes);
    else
        md5_->usable = md5_->usable && EVP_DigestUpdate(md5_->context, bytes.data(), bytes.size()) == 1;
}

S3Body S3BodySum::finish(std::shared_ptr<const void> owner, std::span<const std::byte> bytes)
{
    S3Body body{std::move(owner), bytes, {}, {}};
    if (sha256_)
        body.sha256 = hex(sha256_->finish());
    std::array<unsigned char, 16> digest;
    if (md5_ && md5_->usable && EVP_DigestFinal_ex(md5_->context, digest.data(), nullptr) == 1) {
        body.md5 = to_base64({reinterpret_cast<const char*>(digest.data()), digest.size()});
    }
    return body;
}

S3Body make_s3_body(std::string bytes, S3Proof proof)
{
    S3BodySum sum(proof);
    const auto kept = std::make_shared<const std::string>(std::move(bytes));
    sum.add(std::as_bytes(std::span(*kept)));
    return sum.finish(kept, std::as_bytes(std::span(*kept)));
}

} // namespace vitrina
