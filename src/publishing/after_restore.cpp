#include "publishing/after_restore.hpp"

#include "publishing/publications.hpp"

#include <string>

namespace vitrina {
namespace {

constexpr std::int64_t page = 200;

// What is scheduled for later was touched by nobody: it stays as it is.

#define STILL_TO_BE_POSTED                                                                                             \
    "status NOT IN ('published', 'failed', 'cancelled', 'deleted', 'needs_user_action') AND reason_code <> 'restored'" \
    " AND NOT EXISTS (SELECT 1 FROM publish_attempts t WHERE t.publication_id = publications.id"                       \
    "                 AND t.outcome = 'sent') AND NOT (status = 'scheduled' AND publish_at > $2)"

Task<> settle(Transaction& transaction, std::string id, std::int64_t now)
{
    static constexpr Sql in_the_dark{"UPDATE publish_attempts SET outcome = 'unknown' WHERE publication_id = $1"
                                     " AND outcome IN ('armed', 'unknown')"};
    // Never armed here; there, perhaps.
    static constexpr Sql assume{"INSERT INTO publish_attempts (publication_id, number, outcome, armed_at)"
                                " SELECT id, attempts + 1, 'unknown', CAST($2 AS BIGINT) FROM publications"
                                " WHERE id = $1"};
    static constexpr Sql count{"UPDATE publications SET attempts = attempts + 1 WHERE id = $1"};
    static constexpr Sql mark{"UPDATE publications SET status = 'outcome_unknown', reason_code = $2, reason = $3,"
                              " waiting_until = NULL, updated_at = $4 WHERE id = $1"};
    static constexpr Sql withdraw{"DELETE FROM jobs WHERE unique_key = $1"};
    const Rows armed = co_await transaction.run(in_the_dark, id);
    if (armed.changed() == 0) {
        co_await transaction.run(assume, id, now);
        co_await transaction.run(count, id);
    }
    co_await transaction.run(mark, id, std::string(restored_reason),
                             "It was under way when the library was copied, and may have been posted since: look for "
                             "it over there before publishing again.",
                             now);
    co_await transaction.run(withdraw, publish_key(id));
}

// Newer ones may have followed since the copy: whoever wants these asks for them again.
Task<> drop_edits(Database& database)
{
    static constexpr Sql drop{"UPDATE publications SET edit_status = 'failed', edit_code = $1, edit_reason = $2"
                              " WHERE edit_status = 'pending'"};
    static constexpr Sql withdraw{"DELETE FROM jobs WHERE kind = 'update_publication'"};
    auto transaction = co_await database.begin();
    co_await transaction->run(drop, std::string(restored_reason),
                              "The new words were on their way when the library was copied: ask for them again.");
    co_await transaction->run(withdraw);
    co_await transaction->commit();
}

} // namespace

Task<std::int64_t> settle_restored_publications(Database& database, const Clock& clock)
{
    static constexpr Sql query{"SELECT id FROM publications WHERE " STILL_TO_BE_POSTED " ORDER BY id LIMIT $1"};
    co_await drop_edits(database);
    std::int64_t settled = 0;
    while (true) {
        auto transaction = co_await database.begin();
        const Rows rows = co_await transaction->run(query, page, clock.now().time_since_epoch().count());
        for (std::size_t i = 0; i < rows.size(); ++i) {
            std::string id(rows[i].text(0));
            co_await settle(*transaction, std::move(id), clock.now().time_since_epoch().count());
        }
        co_await transaction->commit();
        settled += std::int64_t(rows.size());
        if (rows.size() < std::size_t(page))
            co_return settled;
    }
}

} // namespace vitrina
