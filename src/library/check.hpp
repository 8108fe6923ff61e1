#pragma once
#include "core/clock.hpp"
#include "core/video.hpp"
#include "db/database.hpp"
#include "jobs/queue.hpp"
#include "library/videos.hpp"
#include "storage/object_store.hpp"

#include <cstdint>
#include <functional>
#include <string>

namespace vitrina {

// What a check holds against each other: entries, the rows of their files, the files themselves, what was begun and not
// finished, and the jobs that are to go on with it.
enum class Wrong {
    file_missing, // a row says that it is there
    file_size, // is not what its row says
    file_bytes, // are not those that were acknowledged
    file_unexplained, // no row speaks of it: a restored database is older than its store, say
    object_missing, // an entry names a file that has no row
    object_orphaned, // the row of a file whose entry is gone
    job_missing, // an entry waits for its facts, and nobody will find them out
    delete_unfinished, // a deleted entry whose files nobody will remove
    words_stale, // an entry is not found or sorted by what it says
};

std::string_view name(Wrong wrong); // "file_missing", …

struct Violation {
    Wrong wrong;
    std::string subject; // a video's id, or a key
    std::string what; // one sentence
    bool repaired = false;
};

struct CheckOptions {
    bool repair = false; // what can be mended without losing anything
    bool read = false; // every file through to its end, against its SHA-256
};

struct CheckReport {
    std::uint64_t videos = 0, objects = 0, files = 0;
    std::uint64_t bytes_read = 0;
    std::uint64_t violations = 0, repaired = 0;
    std::uint64_t waiting = 0; // interrupted uploads and removals, and watched strays: the sweep sees to them
    std::uint64_t foreign = 0; // files below our folders that we did not make and leave alone
};

// Proves a library, while servers work on it or while none does. A suspicion is looked into again inside a transaction,
// when nobody else writes, before it is called a violation. Constant memory. Nothing that is live is ever removed:
// an unexplained file is only noted, and the sweep removes it a day later if it still is one.
class LibraryCheck {
public:
    using Tell = std::function<void(const Violation&)>;

    LibraryCheck(Database& database, ObjectStore& store, JobQueue& queue, const Clock& clock, Videos& videos,
                 CheckOptions options, Tell tell);

    // Throws Unavailable when the database or the store is away.
    Task<CheckReport> run();

private:
    Task<> check_videos();
    Task<> check_found_files();
    Task<> check_objects();
    Task<> check_store();

    // What the sketch's side has written and no worker has taken over yet.
    Task<bool> is_to_be_adopted(Transaction& transaction, std::string id);
    // Of one entry, by its number; more than a suspicion only within a transaction.
    Task<bool> is_suspect(std::int64_t seq);
    Task<> confirm(std::int64_t seq);
    Task<> confirm_files(Transaction& transaction, const Video& video, bool& mended);
    Task<> confirm_job(Transaction& transaction, const Video& video, bool& mended);
    Task<> confirm_words(Transaction& transaction, const Video& video, bool& mended);
    Task<> confirm_deletion(Transaction& transaction, std::string id, bool& mended);

    Task<> check_object(std::string key, std::string video_id);
    Task<> check_presence(std::int64_t begun_at);
    Task<> check_file(std::string key);
    Task<> look_at_file(const ObjectInfo& file, std::int64_t begun_at);
    Task<> look_at_unfinished(ObjectKey key);
    Task<> note_stray(std::string key, std::uint64_t size, std::string what);
    Task<bool> is_intact(ContentSource& content, std::string sha256);

    void found(Wrong wrong, std::string subject, std::string what, bool repaired = false);

    Database& db_;
    ObjectStore& store_;
    JobQueue& queue_;
    const Clock& clock_;
    Videos& videos_;
    const CheckOptions options_;
    const Tell tell_;
    CheckReport report_;
    bool adopts_ = false; // there is a sketch's side
    std::uint64_t explained_ = 0; // files whose rows were there when the check began
};

} // namespace vitrina
