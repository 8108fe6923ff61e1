#include "library/check.hpp"

#include "library/adopted_changes.hpp"

namespace vitrina {

std::string_view name(Wrong wrong)
{
    switch (wrong) {
    case Wrong::file_missing: return "file_missing";
    case Wrong::file_size: return "file_size";
    case Wrong::file_bytes: return "file_bytes";
    case Wrong::file_unexplained: return "file_unexplained";
    case Wrong::object_missing: return "object_missing";
    case Wrong::object_orphaned: return "object_orphaned";
    case Wrong::job_missing: return "job_missing";
    case Wrong::delete_unfinished: return "delete_unfinished";
    case Wrong::words_stale: return "words_stale";
    }
    return "";
}

LibraryCheck::LibraryCheck(Database& database, ObjectStore& store, JobQueue& queue, const Clock& clock, Videos& videos,
                           CheckOptions options, Tell tell)
    : db_(database),
      store_(store),
      queue_(queue),
      clock_(clock),
      videos_(videos),
      options_(options),
      tell_(std::move(tell))
{
}

Task<CheckReport> LibraryCheck::run()
{
    adopts_ = co_await is_adopted_database(db_);
    co_await check_videos();
    co_await check_found_files();
    co_await check_objects();
    co_await check_store();
    co_return report_;
}

void LibraryCheck::found(Wrong wrong, std::string subject, std::string what, bool repaired)
{
    ++report_.violations;
    report_.repaired += repaired ? 1 : 0;
    tell_({wrong, std::move(subject), std::move(what), repaired});
}

} // namespace vitrina
