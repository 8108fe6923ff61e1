#pragma once
#include "core/clock.hpp"
#include "core/id.hpp"
#include "core/publication.hpp"
#include "core/result.hpp"
#include "db/database.hpp"
#include "jobs/queue.hpp"
#include "publishing/publishing_events.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace vitrina {

// The kinds of publishing's jobs; the subject is the publication's id.
inline constexpr const char* publish_video = "publish_video";
inline constexpr const char* remove_publication = "remove_publication";
inline constexpr const char* publish_thumbnail = "publish_thumbnail";

// When it is to be posted, and the zone in which that was meant ("" where none was named): for people, the instant
// decides.
struct Schedule {
    Instant at{};
    std::string time_zone;
};

// There is one such job for a publication.
std::string publish_key(const std::string& id);
// At once, or when it is time.
NewJob publish_job(const std::string& id, const std::optional<Schedule>& schedule = {});

// One video on one account.
struct Publication {
    PublicationId id;
    VideoId video;
    AccountId account;
    std::string platform;
    std::string account_name;
    bool sandbox = false; // the post is the stand-in's, also once the account is gone
    PublicationProgress progress;
    std::string options = "{}"; // JSON, the platform's own
    std::uint64_t bytes_sent = 0, bytes_total = 0;
    std::string remote_id, url;  // "" until the network gave them
    std::optional<Schedule> schedule; // none: at once
    std::optional<Instant> waiting_until;
    std::string reason_code, reason; // why it waits, failed or needs somebody
    bool removing = false;
    Instant created_at{}, updated_at{};
    std::optional<Instant> published_at;
    // When the network last showed the post, and since when it says that it has none.
    std::optional<Instant> seen_at, missing_since;
    // What was last asked to be changed of the published post.
    struct Edit {
        std::string status;       // pending, done, failed
        std::string options;      // JSON: the publication's options with it
        std::string code, reason; // why it waits or failed
        Instant asked_at{};
    };
    std::optional<Edit> edit;
    bool is_new = false; // made by this very request
};

struct PublicationAttempt {
    int number = 0;
    AttemptOutcome outcome = AttemptOutcome::armed;
    Instant armed_at{};
    std::optional<Instant> settled_at;
};

// One line of what was said: append-only.
struct PublicationNote {
    Instant at{};
    std::string step;     // "send bytes 0-16777215"
    int status = 0;       // of HTTP; 0 without an answer
    std::string evidence; // redacted, at most 4 KiB
};

struct PublicationQuery {
    std::optional<VideoId> video;
    std::optional<PublicationId> before; // older than this one
    int limit = 50;
};

// Publications as people ask for them: requesting, looking, cancelling. The driver moves them.
class Publications {
public:
    Publications(Database& database, JobQueue& queue, const Clock& clock);

    struct Wanted {
        AccountId account;
        std::string platform;
        bool sandbox = false; // as the account
        std::string options = "{}";
        std::optional<Schedule> schedule{}; // none: at once
    };
    // One publication for each, in the order given; one that exists and is not over is given back as it is, so
    // asking twice posts once. Durable when it returns.
    Task<std::vector<Publication>> request(VideoId video, std::vector<Wanted> wanted);

    Task<std::optional<Publication>> find(PublicationId id);
    Task<std::vector<Publication>> list(PublicationQuery query); // newest first
    // Of many videos at once, for lists; in no order.
    Task<std::vector<Publication>> of_videos(std::vector<VideoId> videos);
    Task<std::vector<PublicationAttempt>> attempts(PublicationId id);
    Task<std::vector<PublicationNote>> notes(PublicationId id, int limit = 200);
    // Until none of them will move by itself any time soon, or the patience is over, or nobody works here any more.
    Task<std::vector<Publication>> await_settled(std::vector<PublicationId> ids, std::chrono::milliseconds patience);
    // The process ends: who waits gets what there is, so that no answer is cut off. From any thread.
    void stop_waiting() { waiting_ = false; }

    // conflict (VT-PUB-…) with the reason when it cannot be.
    Task<Result<Publication>> cancel(PublicationId id);
    // One that nobody works on any more (its job died) goes on as well. `request` names what asked, where it may ask
    // again without knowing that it was heard: the second time changes nothing, and "" is never the same. `who` decided
    // to post again is kept.
    Task<Result<Publication>> retry(PublicationId id, Insist insist = Insist::no, std::string request = {},
                                    std::string who = {});
    // Takes the post back over there: a job does it; `removing` until then.
    Task<Result<Publication>> remove(PublicationId id);

    // In the transaction that connects an account again: what was blocked goes on.
    Task<> unblock(Transaction& transaction, AccountId account);
    // For library's DeletionHooks. Withdraws what has not been armed.
    Task<> on_video_deleted(Transaction& transaction, VideoId video);
    // Whether something armed may still need the video's bytes.
    Task<bool> needs_video(VideoId video);

private:
    Database& db_;
    JobQueue& queue_;
    const Clock& clock_;
    std::atomic<bool> waiting_{true};
};

// What events say of it, in that state.
PublicationNews news_of(const Publication& publication, PublicationState state);

Fault no_such_publication();

} // namespace vitrina
