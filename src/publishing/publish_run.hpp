#pragma once
#include "publishing/accounts.hpp"
#include "publishing/driver.hpp"
#include "publishing/pacing.hpp"
#include "publishing/publish_order.hpp"
#include "publishing/publishing_events.hpp"
#include "publishing/transfer_pace.hpp"
#include "storage/object_store.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace vitrina {

// What a run works with; owned by the driver.
struct PublishTools {
    Database& db;
    ObjectStore& store;
    JobQueue& queue;
    const Clock& clock;
    Videos& videos;
    Accounts& accounts;
    Pacing pacing;
    const Platforms& platforms;
    const Vault& vault;
    Wire& wire;
    PublishCounters& counters;
    std::chrono::seconds look_after; // LookTimes::first
};

// The platforms the video is on, as the transaction sees it.
Task<std::vector<std::string>> published_platforms(Transaction& transaction, VideoId video);

// The lease was lost, or the publication was cancelled: nothing may be written any more.
struct RunEnded {};

// One run of a publish_video job: from the last saved step as far as it goes.
class PublishRun {
public:
    PublishRun(const PublishTools& tools, const Job& job) : tools_(tools), job_(job) {}
    // Throws RunEnded.
    Task<JobResult> go();

private:
    Task<bool> load();
    Task<std::optional<JobResult>> prepare();
    Task<JobResult> give_up_unreadable();
    Task<std::optional<JobResult>> keep_time();
    Task<std::optional<JobResult>> keep_turn();
    bool has_begun() const;
    Task<> say_why_it_waits(std::string code, std::string why, std::optional<Instant> until);
    Task<JobResult> put_aside(const Account& account);
    Task<JobResult> prepare_order();
    Task<std::optional<Step>> open_file(const Slice& slice);
    Task<Step> exchange(Send send);
    Task<std::optional<Step>> renew_token(std::string why);
    Task<> save(const Step& step);
    Task<> save_ending(Step step, PublicationProgress next);
    Task<> write_attempt(Transaction& transaction, const PublicationProgress& next);
    Task<> tell(Transaction& transaction, PublicationNews news, std::uint64_t bytes, Instant now);
    Task<> write_published(Transaction& transaction, const Published& published);
    Task<JobResult> end(Step step);
    void note(const Send& send, int status, std::string_view evidence);
    Step within_patience(Step step);
    void count_lateness(const PublicationProgress& next);
    bool arms_anew(const Step& step) const;
    void count_reconciled(const PublicationProgress& next);
    void count_end();

    const PublishTools& tools_;
    const Job& job_;

    // Of the row:
    std::string id_, video_, platform_name_, options_;
    AccountId account_id_;
    PublicationProgress progress_;
    PublicationState began_as_{}, stored_as_{};
    std::uint64_t bytes_sent_ = 0;
    std::int64_t troubles_ = 0; // waits in a row that brought nothing
    Instant progress_at_{};
    std::optional<Instant> publish_at_, slot_at_;
    std::string order_json_, sealed_, memory_; // sealed_ is the memory as it stands in the row
    std::string unreadable_; // why the memory cannot be opened

    const Platform* platform_ = nullptr;
    AccountFacts facts_;
    PublishOrder order_;
    std::unique_ptr<Conversation> conversation_;
    Accounts::Access access_;
    std::unique_ptr<ContentSource> file_;
    std::string file_key_;
    std::vector<PublicationNote> notes_; // not yet saved
    TransferPace pace_;
};

} // namespace vitrina
