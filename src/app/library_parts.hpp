#pragma once
#include "core/instance.hpp"
#include "core/settings.hpp"
#include "jobs/queue.hpp"
#include "library/adopted_changes.hpp"
#include "library/delete.hpp"
#include "library/inspect.hpp"
#include "library/receive.hpp"
#include "library/sweep.hpp"
#include "library/videos.hpp"
#include "media/sandboxed_inspector.hpp"

#include <memory>

namespace vitrina {

// The library of one process, put together. The inspection is there only where this process reads media itself (the
// work role); elsewhere a worker does.
struct LibraryParts {
    LibraryParts(const Settings& settings, Database& database, ObjectStore& store, JobQueue& queue, const Clock& clock,
                 DeletionHooks hooks, std::unique_ptr<SandboxedInspector> media_reader);

    Videos videos;
    std::unique_ptr<SandboxedInspector> reader;
    std::unique_ptr<Inspection> inspection;
    Uploads uploads;
    Deletion deletion;
    AdoptedChanges adopted_changes;
    Sweep sweep;
};

InspectorOptions inspector_options(const Settings& settings);

} // namespace vitrina
