#pragma once
#include "db/resealing.hpp"

#include <array>

namespace vitrina {

// What the vault knows the columns of this room by. Stored data: none of these words ever changes.
namespace sealed_as {
inline constexpr const char* client_secret = "client_secret";
inline constexpr const char* access_token = "access_token";
inline constexpr const char* refresh_token = "refresh_token";
inline constexpr const char* memory = "memory";
inline constexpr const char* verifier = "verifier";
inline constexpr const char* identities = "identities";
} // namespace sealed_as

inline constexpr std::array sealed_by_publishing{
    SealedColumn{"accounts", "client_secret_sealed", "id", sealed_as::client_secret},
    SealedColumn{"accounts", "access_token_sealed", "id", sealed_as::access_token},
    SealedColumn{"accounts", "refresh_token_sealed", "id", sealed_as::refresh_token},
    SealedColumn{"publications", "memory_sealed", "id", sealed_as::memory},
    SealedColumn{"consent_visits", "verifier_sealed", "id", sealed_as::verifier},
    SealedColumn{"consent_visits", "client_secret_sealed", "id", sealed_as::client_secret},
    SealedColumn{"consent_visits", "identities_sealed", "id", sealed_as::identities},
};

} // namespace vitrina
