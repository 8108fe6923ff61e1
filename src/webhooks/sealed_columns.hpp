#pragma once
#include "db/resealing.hpp"

#include <array>

namespace vitrina {

// What the vault knows a webhook's secret by. Stored data: it never changes.
inline constexpr const char* sealed_webhook_secret = "webhook_secret";

inline constexpr std::array sealed_by_webhooks{
    SealedColumn{"webhook_secrets", "sealed", "webhook_id || '/' || number", sealed_webhook_secret},
};

} // namespace vitrina
