#include "app/library_parts.hpp"

namespace vitrina {
namespace {

std::unique_ptr<Inspection> make_inspection(SandboxedInspector* reader, Database& database, ObjectStore& store,
                                            const Clock& clock, Videos& videos)
{
    if (!reader)
        return nullptr;
    return std::make_unique<Inspection>(database, store, clock, videos, *reader, instance_id());
}

UploadOptions upload_options(const Settings& settings, Inspection* inspection)
{
    UploadOptions options;
    options.owner = instance_id();
    options.lease = std::chrono::seconds(settings.number("VITRINA_UPLOAD_LEASE"));
    options.inspection = inspection;
    return options;
}

} // namespace

LibraryParts::LibraryParts(const Settings& settings, Database& database, ObjectStore& store, JobQueue& queue,
                           const Clock& clock, DeletionHooks hooks, std::unique_ptr<SandboxedInspector> media_reader)
    : videos(database, clock),
      reader(std::move(media_reader)),
      inspection(make_inspection(reader.get(), database, store, clock, videos)),
      uploads(database, store, queue, clock, videos, upload_options(settings, inspection.get())),
      deletion(database, store, queue, clock, videos, std::move(hooks)),
      adopted_changes(database, store, queue, videos, deletion),
      sweep(database, store, clock)
{
}

InspectorOptions inspector_options(const Settings& settings)
{
    InspectorOptions options;
    options.children = std::size_t(std::max<std::int64_t>(1, settings.number("VITRINA_MEDIA_CHILDREN")));
    options.wall_time = std::chrono::seconds(settings.number("VITRINA_MEDIA_TIMEOUT"));
    return options;
}

} // namespace vitrina
