#pragma once
#include "library/videos.hpp"
#include "publishing/platform.hpp"
#include "publishing/publications.hpp"
#include "publishing/publish_run.hpp"

#include <boost/json/object.hpp>
#include <string>

namespace vitrina {

class Accounts;

// The kind of the job that brings new words to a published post; the subject is the publication's id.
inline constexpr const char* update_publication = "update_publication";

// New words for posts that are out, where the network takes them. They are fixed when they are asked for, durably; a
// job brings them over, and the publication says how that goes. The same words twice change nothing.
class PostEdits {
public:
    PostEdits(Database& database, JobQueue& queue, const Clock& clock, Videos& videos, Publications& publications,
              const Platforms& platforms);

    // `options` are the words to be changed: of those a null stands for what the video says now. All others stay as
    // they are. missing (VT-PUB-001), conflict (VT-PUB-013) when it is not published, conflict (VT-PUB-014) where the
    // network lets nobody change a post, unprocessable (VT-PUB-015) for an option that cannot be changed any more, or
    // (VT-PUB-008) where the network would not take the words.
    Task<Result<Publication>> request(PublicationId id, boost::json::object options);

private:
    Database& db_;
    JobQueue& queue_;
    const Clock& clock_;
    Videos& videos_;
    Publications& publications_;
    const Platforms& platforms_;
};

// The job.
class PostEditing {
public:
    explicit PostEditing(const PublishTools& tools) : tools_(tools) {}
    Task<JobResult> work(const Job& job);

private:
    struct Wanted;
    Task<std::optional<Wanted>> load(const std::string& id);
    Task<JobResult> finish(const Job& job, const Wanted& wanted, Step step, std::vector<PublicationNote> notes);

    const PublishTools& tools_;
};

} // namespace vitrina
