#include "publishing/driver.hpp"

#include "core/fail_point.hpp"
#include "core/log.hpp"
#include "events/event_types.hpp"
#include "publishing/converse_as.hpp"
#include "publishing/post_edits.hpp"
#include "publishing/post_looks.hpp"
#include "publishing/publish_run.hpp"
#include "publishing/publishing_events.hpp"

#include <algorithm>

namespace vitrina {
namespace {

using namespace std::chrono_literals;

// What the jobs after publishing need to know of a publication.
struct Post {
    std::string video, platform, status, remote_id, order_json;
    AccountId account;
    bool removing = false;
};

Task<std::optional<Post>> find_post(Database& db, std::string id)
{
    static constexpr Sql query{"SELECT video_id, platform, status, platform_post_id, order_json, account_id, removing"
                               " FROM publications WHERE id = $1"};
    const Rows rows = co_await db.read(query, id);
    if (rows.empty())
        co_return std::nullopt;
    const Row row = rows.front();
    Post post{std::string(row.text(0)), std::string(row.text(1)), std::string(row.text(2)),
              std::string(row.text(3)), std::string(row.text(4)), AccountId::parse(row.text(5)).value(),
              row.integer(6) != 0};
    co_return post;
}

} // namespace

Task<std::vector<std::string>> published_platforms(Transaction& transaction, VideoId video)
{
    static constexpr Sql query{"SELECT DISTINCT platform FROM publications WHERE video_id = $1 AND status = 'published'"
                               " ORDER BY platform"};
    const Rows rows = co_await transaction.run(query, video.text());
    std::vector<std::string> platforms;
    for (std::size_t i = 0; i < rows.size(); ++i)
        platforms.emplace_back(rows[i].text(0));
    co_return platforms;
}

struct PublishDriver::Parts {
    PublishTools tools;
};

PublishDriver::PublishDriver(Database& database, ObjectStore& store, JobQueue& queue, const Clock& clock,
                             Videos& videos, Accounts& accounts, const Platforms& platforms, const Vault& vault,
                             Wire& wire, std::chrono::seconds look_after)
    : counters_(platforms),
      parts_(new Parts{{database,
                        store,
                        queue,
                        clock,
                        videos,
                        accounts,
                        {database, queue, clock},
                        platforms,
                        vault,
                        wire,
                        counters_,
                        look_after}})
{
}

PublishDriver::~PublishDriver() = default;

Task<JobResult> PublishDriver::publish(const Job& job)
{
    PublishRun run(parts_->tools, job);
    try {
        co_return co_await run.go();
    } catch (const RunEnded&) {
        // Somebody else has the job now, or the publication was cancelled: what was not saved is theirs to find out.
    }
    co_return Done{};
}

Task<JobResult> PublishDriver::remove(const Job& job)
{
    static constexpr Sql mark{
        "UPDATE publications SET status = 'deleted', removing = 0, look_at = NULL, updated_at = $2 WHERE id = $1"};
    static constexpr Sql keep{
        "UPDATE publications SET removing = 0, reason_code = $2, reason = $3, updated_at = $4 WHERE id = $1"};
    const PublishTools& tools = parts_->tools;
    const std::optional<Post> post = co_await find_post(tools.db, job.subject);
    const Platform* platform = post ? find_platform(tools.platforms, post->platform) : nullptr;
    if (!post || !post->removing)
        co_return Done{};
    const std::optional<Account> account = co_await tools.accounts.find(post->account);
    Step step =
        Refused{Refused::Kind::gave_up, "account_removed", "the account was removed; delete the post over there"};
    if (!platform) {
        step = Refused{Refused::Kind::gave_up, "platform_unknown",
                       "this server knows the network no more; delete the post over there"};
    } else if (account && !tools.accounts.is_ours(*account)) {
        co_return Snooze{look_at_other_networks_after};
    } else if (account) {
        const auto conversation = platform->remove(post->remote_id, account->facts(), tools.clock);
        step = co_await converse_as(tools, post->account, *conversation, nullptr);
    }

    const Instant now = tools.clock.now();
    if (const auto* wait = std::get_if<Wait>(&step))
        co_return snooze_until(*wait, now);
    if (std::holds_alternative<Reconnect>(step))
        co_return Snooze{10min}; // until the account is connected again

    auto transaction = co_await tools.db.begin();
    const bool ours = co_await tools.queue.holds(*transaction, job);
    if (!ours)
        co_return Done{};
    PublicationNews news{.id = job.subject,
                         .video = post->video,
                         .account = post->account.text(),
                         .platform = post->platform,
                         .state = PublicationState::deleted,
                         .reason_code = {},
                         .url = {}};
    if (const auto* refused = std::get_if<Refused>(&step)) {
        co_await transaction->run(keep, job.subject, refused->code, "It could not be taken back: " + refused->words,
                                  now.time_since_epoch().count());
        news.state = parse_publication_state(post->status).value();
        news.reason_code = refused->code;
        co_await tell_publication(*transaction, event_type::publication_removal_failed, std::move(news), now);
    } else {
        co_await transaction->run(mark, job.subject, now.time_since_epoch().count());
        const VideoId video = VideoId::parse(post->video).value();
        std::vector<std::string> on = co_await published_platforms(*transaction, video);
        co_await tools.videos.set_published(*transaction, video, std::move(on));
        co_await tell_publication_state(*transaction, std::move(news), now);
    }
    co_await transaction->commit();
    co_return Done{};
}

Task<JobResult> PublishDriver::look(const Job& job)
{
    PostLooks looks(parts_->tools);
    co_return co_await looks.work(job);
}

Task<JobResult> PublishDriver::update(const Job& job)
{
    PostEditing editing(parts_->tools);
    co_return co_await editing.work(job);
}

Task<JobResult> PublishDriver::set_thumbnail(const Job& job)
{
    const PublishTools& tools = parts_->tools;
    const std::optional<Post> post = co_await find_post(tools.db, job.subject);
    const Platform* platform = post ? find_platform(tools.platforms, post->platform) : nullptr;
    if (!platform || post->status != "published" || post->removing)
        co_return Done{};
    const std::optional<Account> account = co_await tools.accounts.find(post->account);
    if (account && !tools.accounts.is_ours(*account))
        co_return Snooze{look_at_other_networks_after};
    const PublishOrder order = read_order(post->order_json);
    const auto conversation = platform->set_picture(order, post->remote_id, tools.clock);
    const auto picture = co_await tools.store.open(order.thumbnail_key);
    if (!conversation || !picture || picture->size() != order.thumbnail_size)
        co_return Done{};
    const Step step = co_await converse_as(tools, post->account, *conversation, picture.get());
    if (const auto* refused = std::get_if<Refused>(&step))
        co_return GiveUp{"the network did not take the thumbnail: " + refused->words};
    if (const auto* wait = std::get_if<Wait>(&step)) {
        if (wait->kind == Wait::Kind::transient)
            throw std::runtime_error("the thumbnail could not be set: " + wait->why);
        co_return snooze_until(*wait, tools.clock.now());
    }
    if (std::holds_alternative<Reconnect>(step))
        co_return Snooze{1h};
    co_return Done{};
}

} // namespace vitrina
