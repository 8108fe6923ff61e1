#include "core/vault.hpp"

#include "core/base64url.hpp"
#include "core/random.hpp"

#include <algorithm>
#include <memory>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <span>

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

constexpr std::string_view version = "v1.";

std::string place(std::string_view row, std::string_view column, std::string_view key_id)
{
    return std::string(row) + "|" + std::string(column) + "|" + std::string(key_id);
}

} // namespace

Vault::Key Vault::derived(const Secret& secret_key)
{
    if (secret_key.reveal().size() < 16)
        throw std::invalid_argument(
            "VITRINA_SECRET_KEY, or one of VITRINA_OTHER_SECRET_KEYS, is too short: at least 16 characters, such as "
            "`openssl rand -hex 32` prints");
    return {to_base64url(derive(secret_key.reveal(), "vitrina vault key id", id_size)),
            Secret(derive(secret_key.reveal(), "vitrina vault key", key_size))};
}

std::vector<Vault::Key> Vault::derived(const SecretKeys& keys)
{
    std::vector<Key> all{derived(keys.present)};
    for (const Secret& other : keys.others)
        all.push_back(derived(other));
    return all;
}

Vault::Vault(const Secret& secret_key) : Vault(SecretKeys{secret_key, {}})
{
}

Vault::Vault(const SecretKeys& keys) : keys_(derived(keys))
{
}

Vault::Vault(std::function<SecretKeys()> source) : keys_(derived(source())), source_(std::move(source))
{
}

Vault::Key Vault::present() const
{
    const std::lock_guard lock(mutex_);
    return keys_.front();
}

std::string Vault::key_id() const
{
    return present().id;
}

std::optional<Vault::Key> Vault::known(std::string_view id) const
{
    const std::lock_guard lock(mutex_);
    const auto found = std::ranges::find(keys_, id, &Key::id);
    return found == keys_.end() ? std::nullopt : std::optional(*found);
}

// One that is not known may have come while we run: somebody changed the key.
std::optional<Vault::Key> Vault::key_named(std::string_view id) const
{
    if (auto key = known(id); key || !source_)
        return key;
    std::vector<Key> newest;
    try {
        newest = derived(source_());
    } catch (const std::exception&) {
        return std::nullopt; // what there is now is none; those we have go on
    }
    {
        const std::lock_guard lock(mutex_);
        keys_ = std::move(newest);
    }
    return known(id);
}

std::string Vault::start_of(std::string_view key_id)
{
    return std::string(version) + std::string(key_id) + ".";
}

std::string Vault::seal(const Secret& plain, std::string_view row, std::string_view column) const
{
    if (plain.empty())
        return {};
    const Key key = present();
    const std::string& text = plain.reveal();
    const std::string bound_to = place(row, column, key.id);
    std::string out(nonce_size + text.size() + tag_size, '\0');
    fill_random(std::as_writable_bytes(std::span(out.data(), nonce_size)));

    const CipherContext context(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
    int size = 0;
    const bool sealed =
        context &&
        EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, bytes(key.key.reveal()), bytes(out)) == 1 &&
        EVP_EncryptUpdate(context.get(), nullptr, &size, bytes(bound_to), int(bound_to.size())) == 1 &&
        EVP_EncryptUpdate(context.get(), bytes(out) + nonce_size, &size, bytes(text), int(text.size())) == 1 &&
        EVP_EncryptFinal_ex(context.get(), bytes(out) + nonce_size + text.size(), &size) == 1 &&
        EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, tag_size, bytes(out) + nonce_size + text.size()) == 1;
    if (!sealed)
        throw std::runtime_error("OpenSSL cannot encrypt");
    return start_of(key.id) + to_base64url(out);
}

Secret Vault::open(std::string_view sealed, std::string_view row, std::string_view column) const
{
    if (sealed.empty())
        return {};
    require(sealed.starts_with(version));
    const std::string_view id = sealed.substr(version.size(), sealed.find('.', version.size()) - version.size());
    const std::optional<Key> key = key_named(id);
    require(key && sealed.starts_with(start_of(key->id)));
    auto raw = from_base64url(sealed.substr(start_of(key->id).size()));
    require(raw && raw->size() >= nonce_size + tag_size);
    const std::string bound_to = place(row, column, key->id);
    const std::size_t text_size = raw->size() - nonce_size - tag_size;
    std::string text(text_size, '\0');

    const CipherContext context(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
    int size = 0;
    const bool opened =
        context &&
        EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, bytes(key->key.reveal()), bytes(*raw)) == 1 &&
        EVP_DecryptUpdate(context.get(), nullptr, &size, bytes(bound_to), int(bound_to.size())) == 1 &&
        EVP_DecryptUpdate(context.get(), bytes(text), &size, bytes(*raw) + nonce_size, int(text_size)) == 1 &&
        EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, tag_size, bytes(*raw) + nonce_size + text_size) == 1 &&
        EVP_DecryptFinal_ex(context.get(), bytes(text) + text_size, &size) == 1;
    require(opened);
    return Secret(std::move(text));
}

} // namespace vitrina
