#include "core/digest.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdexcept>

namespace vitrina {

struct Sha256Sum::Context {
    EVP_MD_CTX* evp = EVP_MD_CTX_new();
    ~Context() { EVP_MD_CTX_free(evp); }
};

namespace {

void must(bool succeeded)
{
    if (!succeeded)
        throw std::runtime_error("OpenSSL refused to compute SHA-256");
}

unsigned char* raw(Sha256& digest)
{
    return reinterpret_cast<unsigned char*>(digest.data());
}

const unsigned char* raw(std::string_view text)
{
    return reinterpret_cast<const unsigned char*>(text.data());
}

} // namespace

Sha256 sha256(std::string_view text)
{
    Sha256 digest;
    must(EVP_Digest(text.data(), text.size(), raw(digest), nullptr, EVP_sha256(), nullptr) == 1);
    return digest;
}

std::string sha256_hex(std::string_view text)
{
    return hex(sha256(text));
}

Sha256Sum::Sha256Sum() : context_(std::make_unique<Context>())
{
    must(context_->evp && EVP_DigestInit_ex(context_->evp, EVP_sha256(), nullptr) == 1);
}

Sha256Sum::~Sha256Sum() = default;
Sha256Sum::Sha256Sum(Sha256Sum&&) noexcept = default;
Sha256Sum& Sha256Sum::operator=(Sha256Sum&&) noexcept = default;

void Sha256Sum::add(std::span<const std::byte> bytes)
{
    must(EVP_DigestUpdate(context_->evp, bytes.data(), bytes.size()) == 1);
}

Sha256 Sha256Sum::finish()
{
    Sha256 digest;
    must(EVP_DigestFinal_ex(context_->evp, raw(digest), nullptr) == 1);
    return digest;
}

Sha256 hmac_sha256(std::string_view key, std::string_view text)
{
    Sha256 digest;
    must(HMAC(EVP_sha256(), key.data(), int(key.size()), raw(text), text.size(), raw(digest), nullptr) != nullptr);
    return digest;
}

std::string hex(std::span<const std::byte> bytes)
{
    static constexpr char digits[] = "0123456789abcdef";
    std::string text;
    text.reserve(bytes.size() * 2);
    for (const std::byte byte : bytes) {
        text += digits[std::to_integer<unsigned>(byte) >> 4];
        text += digits[std::to_integer<unsigned>(byte) & 15];
    }
    return text;
}

bool equal_in_constant_time(std::string_view a, std::string_view b)
{
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

} // namespace vitrina
