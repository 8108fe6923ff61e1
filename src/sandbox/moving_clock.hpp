#pragma once
#include "sandbox/sqlite.hpp"

namespace vitrina::sandbox {

// The clock the networks live by: the real one, moved ahead by what tests ask for. The shift is kept in the ledger,
// so a restarted sandbox does not travel back in time.
class MovingClock final : public Clock {
public:
    MovingClock(const Clock& base, Sqlite& database) : base_(base), database_(database)
    {
        database_.run("CREATE TABLE IF NOT EXISTS clock (one INTEGER PRIMARY KEY CHECK (one = 1), shift INTEGER)");
        database_.run("INSERT OR IGNORE INTO clock VALUES (1, 0)");
        shift_ = std::chrono::microseconds{to_number(database_.rows("SELECT shift FROM clock").front().front())};
    }
    Instant now() const override { return base_.now() + shift_; }
    void advance(std::chrono::microseconds by)
    {
        database_.run("UPDATE clock SET shift = shift + ?", std::int64_t{by.count()});
        shift_ += by;
    }

private:
    const Clock& base_;
    Sqlite& database_;
    std::chrono::microseconds shift_{};
};

} // namespace vitrina::sandbox
