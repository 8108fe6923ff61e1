#pragma once
#include "core/secret.hpp"
#include "core/secret_keys.hpp"

#include <functional>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace vitrina {

// The ciphertext was made with a key that is not here, or for another place, or was changed.
class VaultError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// Keeps secrets in the database as AES-256-GCM. A ciphertext is bound to its place (row, column and key): moved to
// another row it does not open. Text is "v1.<key id>.<nonce and ciphertext in base64url>". Seals with the present key
// and opens with any it has. Any thread.
class Vault {
public:
    // Keys are any text; what is used is derived from it. Throws std::invalid_argument when one is shorter than 16
    // bytes.
    explicit Vault(const Secret& secret_key);
    explicit Vault(const SecretKeys& keys);
    // Asked again whenever something was sealed with a key that is not known: the key was changed meanwhile. It should
    // be quick, as a file is.
    explicit Vault(std::function<SecretKeys()> source);

    std::string seal(const Secret& plain, std::string_view row, std::string_view column) const;
    // "" opens as an empty secret. Throws VaultError.
    Secret open(std::string_view sealed, std::string_view row, std::string_view column) const;
    // Of the present key. Tells keys apart, and nothing about them.
    std::string key_id() const;
    // What is sealed with that key begins so.
    static std::string start_of(std::string_view key_id);

private:
    struct Key {
        std::string id;
        Secret key; // 32 bytes
    };
    static Key derived(const Secret& secret_key);
    static std::vector<Key> derived(const SecretKeys& keys);
    Key present() const;
    std::optional<Key> known(std::string_view id) const;
    std::optional<Key> key_named(std::string_view id) const;

    mutable std::mutex mutex_;
    mutable std::vector<Key> keys_; // the present one first
    std::function<SecretKeys()> source_;
};

} // namespace vitrina
