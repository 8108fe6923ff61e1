#include "publishing/publish_notes.hpp"

namespace vitrina {
namespace {

// One that waits for days goes on talking: the newest lines are what somebody will want to read.
constexpr std::int64_t most_notes = 200;

} // namespace

Task<> append_notes(Transaction& transaction, std::string publication, std::vector<PublicationNote> notes)
{
    static constexpr Sql add{
        "INSERT INTO publish_notes (publication_id, number, at, step, http_status, evidence)"
        " SELECT $1, COALESCE(MAX(number), 0) + 1, $2, $3, $4, $5 FROM publish_notes WHERE publication_id = $1"};
    static constexpr Sql forget{"DELETE FROM publish_notes WHERE publication_id = $1 AND number <="
                                " (SELECT MAX(number) FROM publish_notes WHERE publication_id = $1) - $2"};
    if (notes.empty())
        co_return;
    for (const PublicationNote& line : notes)
        co_await transaction.run(add, publication, line.at.time_since_epoch().count(), line.step,
                                 std::int64_t(line.status), line.evidence);
    co_await transaction.run(forget, publication, most_notes);
}

} // namespace vitrina
