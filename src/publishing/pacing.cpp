#include "publishing/pacing.hpp"

#include <algorithm>

namespace vitrina {
namespace {

using namespace std::chrono_literals;

// What should have begun that long ago is late: somebody else may be as well, and they queue.
constexpr auto late_after = 5min;
constexpr auto spacing_of_late_ones = 60s;

std::int64_t micros(Instant instant)
{
    return instant.time_since_epoch().count();
}

Instant instant(std::int64_t micros)
{
    return Instant{std::chrono::microseconds(micros)};
}

constexpr Sql pace_of_one{"SELECT posts_per_day, spacing, paused FROM account_pace WHERE account_id = $1"};
constexpr Sql keep_pace{"INSERT INTO account_pace (account_id, posts_per_day, spacing, paused) VALUES ($1, $2, $3, $4)"
                        " ON CONFLICT (account_id) DO UPDATE SET posts_per_day = excluded.posts_per_day,"
                        " spacing = excluded.spacing, paused = excluded.paused"};

Pace read_pace(const Rows& rows)
{
    if (rows.empty())
        return {};
    const Row row = rows.front();
    return {row.integer(0), std::chrono::seconds(row.integer(1)), row.integer(2) != 0};
}

} // namespace

Task<Pace> Pacing::of(AccountId account) const
{
    const Rows rows = co_await db_.read(pace_of_one, account.text());
    co_return read_pace(rows);
}

Task<> Pacing::set(AccountId account, Pace pace) const
{
    co_await db_.write(keep_pace, account.text(), pace.posts_per_day, std::int64_t(pace.spacing.count()),
                       std::int64_t(pace.paused));
}

Task<bool> Pacing::is_all_paused() const
{
    const Rows rows = co_await db_.read(pace_of_one, std::string());
    co_return read_pace(rows).paused;
}

Task<> Pacing::pause_all(bool paused) const
{
    co_await db_.write(keep_pace, std::string(), std::int64_t(0), std::int64_t(0), std::int64_t(paused));
}

Task<Pacing::Turn> Pacing::take(const Job& job, Wanted wanted) const
{
    static constexpr Sql queue_up{"INSERT INTO account_pace (account_id) VALUES ($1)"
                                  " ON CONFLICT (account_id) DO UPDATE SET account_id = excluded.account_id"};
    static constexpr Sql last{"SELECT MAX(slot_at) FROM publications WHERE account_id = $1 AND slot_at IS NOT NULL"};
    static constexpr Sql so_many_ago{"SELECT slot_at FROM publications WHERE account_id = $1 AND slot_at IS NOT NULL"
                                     " ORDER BY slot_at DESC LIMIT 1 OFFSET $2"};
    static constexpr Sql keep{"UPDATE publications SET slot_at = $2, progress_at = $2 WHERE id = $1"};
    const std::string account = wanted.account.text();
    const Rows rows = co_await db_.read(pace_of_one, account);
    const Pace pace = read_pace(rows);
    const bool all_paused = co_await is_all_paused();
    Turn turn;
    if (pace.paused || all_paused) {
        turn.why = all_paused ? "publishing is paused" : "the account's publications are paused";
        co_return turn;
    }
    const Instant now = clock_.now();
    turn.at = wanted.given;
    turn.why = "it waits for its turn on this account";
    const bool late = now > wanted.due + late_after;
    if (turn.at || (!late && pace.posts_per_day == 0 && pace.spacing == 0s)) {
        turn.at = turn.at.value_or(now);
        co_return turn;
    }
    const std::chrono::seconds spacing =
        late ? std::max<std::chrono::seconds>(pace.spacing, spacing_of_late_ones) : pace.spacing;
    auto transaction = co_await db_.begin();
    co_await transaction->run(queue_up, account);
    const bool ours = co_await queue_.holds(*transaction, job);
    if (!ours)
        co_return Turn{};
    turn.at = now;
    const Rows latest = co_await transaction->run(last, account);
    if (!latest.front().is_null(0))
        turn.at = std::max(*turn.at, instant(latest.front().integer(0)) + spacing);
    if (pace.posts_per_day > 0) {
        const Rows full = co_await transaction->run(so_many_ago, account, pace.posts_per_day - 1);
        if (!full.empty())
            turn.at = std::max(*turn.at, instant(full.front().integer(0)) + 24h);
    }
    co_await transaction->run(keep, wanted.publication, micros(*turn.at));
    co_await transaction->commit();
    turn.is_new = true;
    co_return turn;
}

} // namespace vitrina
