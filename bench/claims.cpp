// claims sqlite FILE | claims postgres SOCKET_DIRECTORY DATABASE, then FINISHED WAITING CLAIMS: a queue that has seen
// so many jobs end just now (what they leave in its indexes is still there) and in which so many wait, one in ten of
// them due. Claims and finishes some, and prints the microseconds of each claim.
#include "core/clock.hpp"
#include "db/postgres/open_postgres.hpp"
#include "db/sqlite/open_sqlite.hpp"
#include "jobs/queue.hpp"
#include "unit/run.hpp"

#include <cstdio>
#include <cstdlib>
#include <string>

using namespace vitrina;

namespace {

constexpr int per_transaction = 2'000;

Task<> enqueue(JobQueue& queue, const char* subject, int count, bool some_later)
{
    auto transaction = co_await queue.database().begin();
    for (int i = 0; i < count; ++i) {
        NewJob job{.kind = "publish"};
        job.subject = subject;
        if (some_later && i % 10 != 0)
            job.run_at = queue.clock().now() + std::chrono::hours(24 + i % 500);
        co_await queue.enqueue(*transaction, std::move(job));
    }
    co_await transaction->commit();
}

void fill(JobQueue& queue, const char* subject, int count, bool some_later)
{
    for (int done = 0; done < count; done += per_transaction)
        run(enqueue(queue, subject, std::min(per_transaction, count - done), some_later));
}

} // namespace

int main(int argc, char** argv)
{
    const std::string engine = argc > 2 ? argv[1] : "";
    const int first = engine == "postgres" ? 4 : 3;
    if (argc != first + 3 || (engine != "sqlite" && engine != "postgres")) {
        std::fprintf(stderr, "usage: claims sqlite FILE|postgres SOCKET_DIRECTORY DATABASE FINISHED WAITING CLAIMS\n");
        return 2;
    }
    const auto db = engine == "sqlite"
                        ? open_sqlite(argv[2])
                        : open_postgres({.host = argv[2], .name = argv[3], .login = {"bench", Secret()}});
    const SystemClock clock;
    JobQueue queue(*db, clock);
    fill(queue, "finished", std::atoi(argv[first]), false);
    fill(queue, "waiting", std::atoi(argv[first + 1]), true);
    static constexpr Sql finished{"DELETE FROM jobs WHERE subject = 'finished'"};
    run(db->write(finished, std::vector<Value>{}));

    const int claims = std::atoi(argv[first + 2]);
    for (int i = 0; i < claims; ++i) {
        const auto began = std::chrono::steady_clock::now();
        const auto job = run(queue.claim({"publish", "remove", "thumbnail"}, "bench", std::chrono::seconds(60)));
        const auto took = std::chrono::steady_clock::now() - began;
        if (!job) {
            std::fprintf(stderr, "nothing is due after %d claims\n", i);
            return 1;
        }
        std::printf("%lld\n", static_cast<long long>(std::chrono::floor<std::chrono::microseconds>(took).count()));
        run(queue.finish(*job, Done{}));
    }
    return 0;
}
