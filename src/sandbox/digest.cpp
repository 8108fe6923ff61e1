#include "sandbox/digest.hpp"

#include <openssl/evp.h>

#include <stdexcept>

namespace vitrina::sandbox {
namespace {

EVP_MD_CTX* as_context(void* held)
{
    return static_cast<EVP_MD_CTX*>(held);
}

} // namespace

Sha256::Sha256() : context_(EVP_MD_CTX_new())
{
    if (!context_ || EVP_DigestInit_ex(as_context(context_.get()), EVP_sha256(), nullptr) != 1)
        throw std::runtime_error("OpenSSL gives no SHA-256");
}

Sha256::~Sha256() = default;

void Sha256::Free::operator()(void* context) const
{
    EVP_MD_CTX_free(as_context(context));
}

void Sha256::add(std::span<const std::byte> bytes)
{
    EVP_DigestUpdate(as_context(context_.get()), bytes.data(), bytes.size());
}

std::string Sha256::finish()
{
    std::string raw(32, '\0');
    EVP_DigestFinal_ex(as_context(context_.get()), reinterpret_cast<unsigned char*>(raw.data()), nullptr);
    return raw;
}

std::string hex(std::string_view raw)
{
    static constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const char c : raw) {
        const auto byte = static_cast<unsigned char>(c);
        text += digits[byte >> 4];
        text += digits[byte & 15];
    }
    return text;
}

std::string sha256_hex(std::string_view text)
{
    Sha256 digest;
    digest.add(text);
    return hex(digest.finish());
}

} // namespace vitrina::sandbox
