#include "library/sha256.hpp"

#include <array>
#include <openssl/evp.h>
#include <stdexcept>

namespace vitrina {
namespace {

void check(int success)
{
    if (success != 1)
        throw std::runtime_error("OpenSSL cannot compute SHA-256");
}

struct Free {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

} // namespace

struct Sha256::Context {
    std::unique_ptr<EVP_MD_CTX, Free> handle{EVP_MD_CTX_new()};
};

Sha256::Sha256() : context_(std::make_unique<Context>())
{
    check(EVP_DigestInit_ex(context_->handle.get(), EVP_sha256(), nullptr));
}

Sha256::~Sha256() = default;

void Sha256::add(std::span<const std::byte> bytes)
{
    check(EVP_DigestUpdate(context_->handle.get(), bytes.data(), bytes.size()));
}

std::string Sha256::finish()
{
    std::array<unsigned char, 32> digest;
    check(EVP_DigestFinal_ex(context_->handle.get(), digest.data(), nullptr));
    std::string hex;
    for (unsigned char byte : digest) {
        hex += "0123456789abcdef"[byte >> 4];
        hex += "0123456789abcdef"[byte & 15];
    }
    return hex;
}

} // namespace vitrina
