#pragma once
#include "core/secret.hpp"

#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>

namespace vitrina {

// The ciphertext was made with another key, or for another place, or was changed.
class VaultError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// Keeps secrets in the database as AES-256-GCM. A ciphertext is bound to its place (row, column and key): moved to
// another row it does not open. Text is "v1.<key id>.<nonce and ciphertext in base64url>".
class Vault {
public:
    // Any text; the key is derived from it. Throws std::invalid_argument when it is shorter than 16 bytes.
    explicit Vault(const Secret& secret_key);

    std::string seal(const Secret& plain, std::string_view row, std::string_view column) const;
    // "" opens as an empty secret. Throws VaultError.
    Secret open(std::string_view sealed, std::string_view row, std::string_view column) const;
    // Tells keys apart, and nothing about them.
    const std::string& key_id() const { return key_id_; }

private:
    Secret key_; // 32 bytes
    std::string key_id_;
};

// The key kept in that file; empty when there is none.
Secret find_secret_key(const std::filesystem::path& file);
// Keeps a key that comes from elsewhere, for its owner only. False when another one is kept there already.
bool bring_secret_key(const std::filesystem::path& file, const Secret& key);
// The key of the embedded default: made on first use, readable by the owner only. Throws when it cannot be kept.
Secret keep_secret_key(const std::filesystem::path& file);

} // namespace vitrina
