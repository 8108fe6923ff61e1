#pragma once
#include "access/media_urls.hpp"
#include "access/tokens.hpp"
#include "api/access.hpp"
#include "api/answer_cache.hpp"
#include "api/cors.hpp"
#include "api/health.hpp"
#include "api/hooks.hpp"
#include "api/idempotency.hpp"
#include "api/metrics.hpp"
#include "api/rate_limiter.hpp"
#include "api/upload_reception.hpp"
#include "api/video_urls.hpp"
#include "app/library_parts.hpp"
#include "app/publishing_parts.hpp"
#include "storage/measured_store.hpp"

namespace vitrina {

// What every endpoint stands on, whichever service it belongs to.
struct WebParts {
    WebParts(const Settings& settings, AccessRule rule, Database& database, MeasuredStore& store, const Clock& clock,
             LibraryParts& library, PublishingParts& publishing);

    Tokens tokens;
    MediaUrls media_urls;
    AccessControl access;
    VideoUrlMaker video_urls;
    AnswerCache cache;
    Cors cors;
    RateLimiter limiter;
    Metrics metrics;
    Health health;
    IdempotencyKeys keys;
    UploadReception reception;
};

} // namespace vitrina
