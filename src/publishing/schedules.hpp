#pragma once
#include "library/videos.hpp"
#include "publishing/platform.hpp"
#include "publishing/publications.hpp"

namespace vitrina {

// Publications that wait for their time: moving them, and changing what they will say. As soon as the work on one has
// begun it is what it was: whoever is later gets a conflict.
class Schedules {
public:
    Schedules(Database& database, JobQueue& queue, const Clock& clock, Videos& videos, Publications& publications,
              const Platforms& platforms);

    struct Change {
        bool moves = false;               // to `schedule`
        std::optional<Schedule> schedule; // none: at once
        std::optional<std::string> options; // JSON, in place of those it has
    };
    // missing (VT-PUB-001), conflict (VT-PUB-013) when it does not wait any more, unprocessable (VT-PUB-008) where the
    // network would not take the options.
    Task<Result<Publication>> change(PublicationId id, Change change);

private:
    Task<std::optional<Fault>> broken_limits(Publication publication, std::string options);

    Database& db_;
    JobQueue& queue_;
    const Clock& clock_;
    Videos& videos_;
    Publications& publications_;
    const Platforms& platforms_;
};

} // namespace vitrina
