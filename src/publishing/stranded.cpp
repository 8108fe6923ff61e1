#include "publishing/stranded.hpp"

namespace vitrina {

Task<std::vector<PublicationId>> stranded_publications(Database& database, std::string after, int limit)
{
    static constexpr Sql query{
        "SELECT p.id FROM publications p WHERE p.id > $1 AND"
        " ((p.removing = 0 AND p.status IN ('queued', 'validating', 'opening', 'uploading', 'uploaded',"
        " 'remote_processing', 'ready', 'committing', 'confirming', 'waiting_rate_limit', 'scheduled') AND NOT EXISTS"
        " (SELECT 1 FROM jobs j WHERE j.unique_key = 'publish:' || p.id)) OR"
        " (p.removing = 1 AND p.status <> 'deleted' AND NOT EXISTS"
        " (SELECT 1 FROM jobs j WHERE j.unique_key = 'remove:' || p.id))) ORDER BY p.id LIMIT $2"};
    const Rows rows = co_await database.read(query, std::move(after), std::int64_t(limit));
    std::vector<PublicationId> ids;
    for (std::size_t i = 0; i < rows.size(); ++i)
        ids.push_back(PublicationId::parse(rows[i].text(0)).value());
    co_return ids;
}

} // namespace vitrina
