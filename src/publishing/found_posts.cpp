#include "publishing/found_posts.hpp"

#include "publishing/accounts.hpp"
#include "publishing/post_looks.hpp"
#include "publishing/publish_notes.hpp"
#include "publishing/publish_run.hpp"
#include "publishing/publishing_events.hpp"

namespace vitrina {
namespace {

Fault no_address_of(const Platform& platform)
{
    Fault fault{FaultKind::unprocessable,
                "VT-PUB-012",
                "This is not the address of a post on " + std::string(platform.title()),
                "open the post over there and copy its address from the browser",
                {},
                {}};
    fault.errors.push_back({"/url", "is not the address of a post on " + std::string(platform.title())});
    return fault;
}

Fault nothing_to_find(PublicationState state)
{
    return {FaultKind::conflict,
            "VT-PUB-011",
            "There is no post to be found: the publication is " + std::string(name(state)),
            "only what nobody can tell the outcome of (outcome_unknown), or what a person had to finish"
            " (needs_user_action), can be linked",
            {},
            {}};
}

} // namespace

FoundPosts::FoundPosts(Database& database, JobQueue& queue, const Clock& clock, Videos& videos, Accounts& accounts,
                       Publications& publications, const Platforms& platforms)
    : db_(database),
      queue_(queue),
      clock_(clock),
      videos_(videos),
      accounts_(accounts),
      publications_(publications),
      platforms_(platforms)
{
}

Task<Result<Publication>> FoundPosts::link(PublicationId id, std::string address, std::string who)
{
    std::optional<Publication> publication = co_await publications_.find(id);
    if (!publication)
        co_return no_such_publication();
    const Platform* platform = find_platform(platforms_, publication->platform);
    const std::optional<Account> account = co_await accounts_.find(publication->account);
    if (!platform)
        co_return no_such_account();
    const AccountFacts facts = account ? AccountFacts{account->base_url, account->remote_id} : AccountFacts{};
    std::optional<std::string> post = platform->post_at(address, facts);
    if (!post)
        co_return no_address_of(*platform);
    co_return co_await write(std::move(*publication), std::move(*post), std::move(address), std::move(who));
}

Task<Result<Publication>> FoundPosts::write(Publication publication, std::string post, std::string address,
                                            std::string who)
{
    static constexpr Sql standing{
        "SELECT p.status, p.attempts, (SELECT t.outcome FROM publish_attempts t WHERE t.publication_id = p.id"
        " AND t.number = p.attempts), p.platform_post_id FROM publications p WHERE p.id = $1"};
    static constexpr Sql mark{
        "UPDATE publications SET status = 'published', platform_post_id = $2, permalink = $3, waiting_until = NULL,"
        " reason_code = '', reason = '', published_at = $4, updated_at = $4, look_at = $4,"
        " looks = 0, seen_privacy = '', missing_since = NULL WHERE id = $1"};
    static constexpr Sql confirm{"UPDATE publish_attempts SET outcome = 'confirmed', settled_at = $3"
                                 " WHERE publication_id = $1 AND number = $2"};
    const std::string id = publication.id.text();
    auto transaction = co_await db_.begin();
    const Rows rows = co_await transaction->run(standing, id);
    if (rows.empty())
        co_return no_such_publication();
    const Row row = rows.front();
    const PublicationProgress now{parse_publication_state(row.text(0)).value(), int(row.integer(1)),
                                  parse_attempt_outcome(row.text(2))};
    if (now.state == PublicationState::published && row.text(3) == post)
        co_return publication;
    const auto next = after_finding(now);
    if (!next)
        co_return nothing_to_find(now.state);
    const Instant at = clock_.now();
    co_await transaction->run(mark, id, post, address, at.time_since_epoch().count());
    co_await transaction->run(confirm, id, std::int64_t(next->attempts), at.time_since_epoch().count());
    std::vector<PublicationNote> notes{{at, "a person found the post", 0, address + " (" + who + ")"}};
    co_await append_notes(*transaction, id, std::move(notes));
    std::vector<std::string> on = co_await published_platforms(*transaction, publication.video);
    co_await videos_.set_published(*transaction, publication.video, std::move(on));
    NewJob look = look_job(publication.account.text());
    co_await queue_.enqueue(*transaction, std::move(look));
    co_await queue_.cancel(*transaction, publish_key(id)); // one that only looks once in a while
    PublicationNews news{.id = id,
                         .video = publication.video.text(),
                         .account = publication.account.text(),
                         .platform = publication.platform,
                         .state = next->state,
                         .reason_code = {},
                         .url = address};
    co_await tell_publication_state(*transaction, std::move(news), at);
    co_await transaction->commit();
    std::optional<Publication> linked = co_await publications_.find(publication.id);
    if (!linked) // its video was deleted in between
        co_return no_such_publication();
    co_return *std::move(linked);
}

} // namespace vitrina
