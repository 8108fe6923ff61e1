#pragma once
#include "core/secret.hpp"

#include <filesystem>
#include <vector>

namespace vitrina {

// What the vault works with.
struct SecretKeys {
    Secret present;             // seals; empty when there is none yet
    std::vector<Secret> others; // open as well: those of before, and one that is to come
};

// A file of them, for its owner only: the first line is the present key, the others follow. Every change is whole and
// durable, or did not happen; errors of the file system are thrown as std::system_error.

// No present key when there is no such file.
SecretKeys find_secret_keys(const std::filesystem::path& file);
// Keeps a key that comes from elsewhere. False when another one is kept there already.
bool bring_secret_key(const std::filesystem::path& file, const Secret& key);
// The keys of the embedded default: one is made on first use.
SecretKeys keep_secret_keys(const std::filesystem::path& file);
// A new key is the present one from now on; the former ones still open.
SecretKeys change_secret_key(const std::filesystem::path& file);
void forget_other_keys(const std::filesystem::path& file);

} // namespace vitrina
