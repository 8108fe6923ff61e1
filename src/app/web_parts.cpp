#include "app/web_parts.hpp"

#include "api/counted_rows.hpp"
#include "api/metric_sources.hpp"
#include "app/delivery.hpp"

namespace vitrina {

WebParts::WebParts(const Settings& settings, AccessRule rule, Database& database, MeasuredStore& store,
                   const Clock& clock, LibraryParts& library, PublishingParts& publishing)
    : tokens(database, clock),
      media_urls(database, clock),
      access(rule, tokens, media_urls),
      video_urls(rule.access == Access::open ? nullptr : &media_urls, Delivery(settings).answers_with),
      cache(database, std::size_t(settings.number("VITRINA_ANSWER_CACHE"))),
      cors(settings.text("VITRINA_CORS_ORIGINS")),
      limiter(std::uint32_t(settings.number("VITRINA_RATE_LIMIT"))),
      health(database, store, clock),
      keys(database, clock),
      reception(library.uploads, library.videos, keys,
                UploadReceptionOptions{std::uint64_t(settings.number("VITRINA_MAX_UPLOAD"))})
{
    metrics.add(process_metrics);
    metrics.add(settings_metrics(settings));
    metrics.add(database_metrics(database));
    metrics.add(upload_metrics(reception.counters()));
    metrics.add(access_metrics(access.counters(), limiter));
    metrics.add(storage_metrics(store));
    metrics.add(object_metrics(database, clock));
    metrics.add(sweep_metrics(library.sweep.counters()));
    metrics.add(cache_metrics(cache));
    metrics.add(job_metrics(database, clock));
    metrics.add(publication_metrics(database, clock));
    metrics.add(publish_metrics(publishing.driver.counters()));
    metrics.add(channel_metrics(database, clock));
    metrics.add(webhook_backlog_metrics(database, clock));
    metrics.add(outbound_metrics(publishing.outbound));
    if (library.reader)
        metrics.add(decoder_metrics([reader = library.reader.get()] { return reader->counts(); }));
}

} // namespace vitrina
