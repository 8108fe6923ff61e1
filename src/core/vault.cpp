#include "core/vault.hpp"

#include "core/base64url.hpp"
#include "core/random.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <memory>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <span>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace vitrina {
namespace {

constexpr std::size_t key_size = 32, nonce_size = 12, tag_size = 16, id_size = 4;
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

const unsigned char* bytes(std::string_view text)
{
    return reinterpret_cast<const unsigned char*>(text.data());
}

unsigned char* bytes(std::string& text)
{
    return reinterpret_cast<unsigned char*>(text.data());
}

void require(bool done)
{
    if (!done)
        throw VaultError(
            "a stored secret cannot be opened: it was made with another VITRINA_SECRET_KEY, or moved or changed");
}

// HKDF-SHA-256: the operator's text may be of any shape, and the id must not tell anything about the key.
std::string derive(std::string_view secret, std::string_view purpose, std::size_t size)
{
    const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context(
        EVP_PKEY_CTX_new_id(EVP_PKEY_HKDF, nullptr), &EVP_PKEY_CTX_free);
    std::string out(size, '\0');
    const bool derived = context && EVP_PKEY_derive_init(context.get()) > 0 &&
                         EVP_PKEY_CTX_set_hkdf_md(context.get(), EVP_sha256()) > 0 &&
                         EVP_PKEY_CTX_set1_hkdf_key(context.get(), bytes(secret), int(secret.size())) > 0 &&
                         EVP_PKEY_CTX_add1_hkdf_info(context.get(), bytes(purpose), int(purpose.size())) > 0 &&
                         EVP_PKEY_derive(context.get(), bytes(out), &size) > 0;
    if (!derived)
        throw std::runtime_error("OpenSSL cannot derive a key");
    return out;
}

std::string place(std::string_view row, std::string_view column, std::string_view key_id)
{
    return std::string(row) + "|" + std::string(column) + "|" + std::string(key_id);
}

} // namespace

Vault::Vault(const Secret& secret_key)
{
    if (secret_key.reveal().size() < 16)
        throw std::invalid_argument(
            "VITRINA_SECRET_KEY is too short: at least 16 characters, such as `openssl rand -hex 32` prints");
    key_ = Secret(derive(secret_key.reveal(), "vitrina vault key", key_size));
    key_id_ = to_base64url(derive(secret_key.reveal(), "vitrina vault key id", id_size));
}

std::string Vault::seal(const Secret& plain, std::string_view row, std::string_view column) const
{
    if (plain.empty())
        return {};
    const std::string& text = plain.reveal();
    const std::string bound_to = place(row, column, key_id_);
    std::string out(nonce_size + text.size() + tag_size, '\0');
    fill_random(std::as_writable_bytes(std::span(out.data(), nonce_size)));

    const CipherContext context(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
    int size = 0;
    const bool sealed =
        context &&
        EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, bytes(key_.reveal()), bytes(out)) == 1 &&
        EVP_EncryptUpdate(context.get(), nullptr, &size, bytes(bound_to), int(bound_to.size())) == 1 &&
        EVP_EncryptUpdate(context.get(), bytes(out) + nonce_size, &size, bytes(text), int(text.size())) == 1 &&
        EVP_EncryptFinal_ex(context.get(), bytes(out) + nonce_size + text.size(), &size) == 1 &&
        EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, tag_size, bytes(out) + nonce_size + text.size()) == 1;
    if (!sealed)
        throw std::runtime_error("OpenSSL cannot encrypt");
    return "v1." + key_id_ + "." + to_base64url(out);
}

Secret Vault::open(std::string_view sealed, std::string_view row, std::string_view column) const
{
    if (sealed.empty())
        return {};
    const std::string start = "v1." + key_id_ + ".";
    require(sealed.starts_with(start));
    auto raw = from_base64url(sealed.substr(start.size()));
    require(raw && raw->size() >= nonce_size + tag_size);
    const std::string bound_to = place(row, column, key_id_);
    const std::size_t text_size = raw->size() - nonce_size - tag_size;
    std::string text(text_size, '\0');

    const CipherContext context(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
    int size = 0;
    const bool opened =
        context &&
        EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, bytes(key_.reveal()), bytes(*raw)) == 1 &&
        EVP_DecryptUpdate(context.get(), nullptr, &size, bytes(bound_to), int(bound_to.size())) == 1 &&
        EVP_DecryptUpdate(context.get(), bytes(text), &size, bytes(*raw) + nonce_size, int(text_size)) == 1 &&
        EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, tag_size, bytes(*raw) + nonce_size + text_size) == 1 &&
        EVP_DecryptFinal_ex(context.get(), bytes(text) + text_size, &size) == 1;
    require(opened);
    return Secret(std::move(text));
}

namespace {

[[noreturn]] void throw_key_error(const std::filesystem::path& file)
{
    throw std::system_error(errno, std::generic_category(), "the secret key " + file.string());
}

std::string read_key(const std::filesystem::path& file)
{
    const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return {};
    char text[256];
    const ssize_t size = ::read(fd, text, sizeof text);
    ::close(fd);
    if (size < 0)
        throw_key_error(file);
    std::string key(text, std::size_t(size));
    while (key.ends_with('\n'))
        key.pop_back();
    return key;
}

// Written whole beside its place, then linked there: of two processes that start together one wins, and a crash leaves
// no half key.
void place_key(const std::filesystem::path& file, const std::string& key)
{
    const std::filesystem::path fresh = file.string() + "." + random_hex(8);
    const int fd = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        throw_key_error(file);
    const bool written = ::write(fd, key.data(), key.size()) == ssize_t(key.size()) && ::fsync(fd) == 0;
    ::close(fd);
    const bool linked = written && (::link(fresh.c_str(), file.c_str()) == 0 || errno == EEXIST);
    const int failure = errno;
    ::unlink(fresh.c_str());
    if (!linked) {
        errno = failure;
        throw_key_error(file);
    }
    if (const int directory = ::open(file.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); directory >= 0) {
        ::fsync(directory);
        ::close(directory);
    }
}

} // namespace

Secret find_secret_key(const std::filesystem::path& file)
{
    return Secret(read_key(file));
}

bool bring_secret_key(const std::filesystem::path& file, const Secret& key)
{
    place_key(file, key.reveal());
    return read_key(file) == key.reveal();
}

Secret keep_secret_key(const std::filesystem::path& file)
{
    if (std::string key = read_key(file); !key.empty())
        return Secret(std::move(key));
    place_key(file, random_hex(32));
    std::string kept = read_key(file);
    if (kept.empty())
        throw_key_error(file);
    return Secret(std::move(kept));
}

} // namespace vitrina
