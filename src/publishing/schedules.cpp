#include "publishing/schedules.hpp"

#include "publishing/requests.hpp"

namespace vitrina {
namespace {

Fault waits_no_more(PublicationState state)
{
    return {FaultKind::conflict,
            "VT-PUB-013",
            "It is too late to change it: the publication is " + std::string(name(state)),
            "only what still waits for its time can be moved or changed",
            {},
            {}};
}

} // namespace

Schedules::Schedules(Database& database, JobQueue& queue, const Clock& clock, Videos& videos,
                     Publications& publications, const Platforms& platforms)
    : db_(database), queue_(queue), clock_(clock), videos_(videos), publications_(publications), platforms_(platforms)
{
}

Task<std::optional<Fault>> Schedules::broken_limits(Publication publication, std::string options)
{
    const std::optional<Video> video = co_await videos_.find(publication.video);
    const Platform* platform = find_platform(platforms_, publication.platform);
    if (!video || !platform)
        co_return no_such_publication();
    co_return vitrina::broken_limits(*platform, *video, options);
}

Task<Result<Publication>> Schedules::change(PublicationId id, Change change)
{
    static constexpr Sql standing{"SELECT status, publish_at, time_zone, options FROM publications WHERE id = $1"};
    // A run that read the row before this transaction holds a job that is gone, and can write nothing any more.
    static constexpr Sql mark{
        "UPDATE publications SET status = $2, publish_at = $3, time_zone = $4, options = $5, order_json = '',"
        " memory_sealed = '', progress_at = $6, waiting_until = NULL, slot_at = NULL, updated_at = $7 WHERE id = $1"};
    std::optional<Publication> publication = co_await publications_.find(id);
    if (!publication)
        co_return no_such_publication();
    if (change.options) {
        std::optional<Fault> broken = co_await broken_limits(*publication, *change.options);
        if (broken)
            co_return *std::move(broken);
    }
    const Instant now = clock_.now();
    auto transaction = co_await db_.begin();
    const Rows rows = co_await transaction->run(standing, id.text());
    if (rows.empty())
        co_return no_such_publication();
    const Row row = rows.front();
    publication->progress.state = parse_publication_state(row.text(0)).value();
    if (!is_waiting_for_its_time(publication->progress))
        co_return waits_no_more(publication->progress.state);
    if (!change.moves)
        change.schedule = Schedule{Instant{std::chrono::microseconds(row.integer(1))}, std::string(row.text(2))};
    const auto state = change.schedule ? PublicationState::scheduled : PublicationState::queued;
    const std::int64_t due = (change.schedule ? change.schedule->at : now).time_since_epoch().count();
    co_await transaction->run(mark, id.text(), std::string(name(state)), change.schedule ? Value(due) : Value(),
                              change.schedule ? change.schedule->time_zone : std::string(),
                              change.options ? *change.options : std::string(row.text(3)), due,
                              now.time_since_epoch().count());
    co_await queue_.cancel(*transaction, publish_key(id.text()));
    co_await queue_.enqueue(*transaction, publish_job(id.text(), change.schedule));
    PublicationNews news = news_of(*publication, state);
    co_await tell_publication_state(*transaction, std::move(news), now);
    co_await transaction->commit();
    queue_.wake();
    std::optional<Publication> changed = co_await publications_.find(id);
    if (!changed) // its video was deleted in between
        co_return no_such_publication();
    co_return *std::move(changed);
}

} // namespace vitrina
