#pragma once
#include "publishing/publish_run.hpp"

#include <chrono>

namespace vitrina {

// The kind of the job that looks at an account's published posts, one after the other; the subject is the account's id.
inline constexpr const char* look_at_posts = "look_at_posts";

// There is one such job for an account, as long as it has posts to look at.
NewJob look_job(const std::string& account);

// How often. All of it hangs on the first: an hour, a day, a week; a quarter of an hour until what was not there is
// looked for again; half a minute between two posts of an account.
struct LookTimes {
    std::chrono::seconds first{3600}; // after publishing; 0: never
    std::chrono::microseconds next(std::int64_t looks, double dice) const;
    std::chrono::microseconds again() const { return first / 4.0 < smallest ? smallest : to_micros(first / 4.0); }
    std::chrono::microseconds apart() const { return first / 120.0 < smallest ? smallest : to_micros(first / 120.0); }
    // After this long a new post of the account is seen to be due, whatever the job waits for.
    std::chrono::microseconds longest_nap() const { return first / 2.0 < smallest ? smallest : to_micros(first / 2.0); }

private:
    static constexpr std::chrono::microseconds smallest{1'000'000};
    template <class Duration>
    static std::chrono::microseconds to_micros(Duration duration)
    {
        return std::chrono::duration_cast<std::chrono::microseconds>(duration);
    }
};

// Gives the accounts whose posts are to be looked at their job where they have none.
Task<> plan_looks(Database& database, JobQueue& queue);

// Notices what was removed or changed on the network. A post is gone only when the network said so twice in a row, to
// a token that it takes, some minutes apart; then the publication is over, and the video may be published there anew.
class PostLooks {
public:
    explicit PostLooks(const PublishTools& tools) : tools_(tools), times_{tools.look_after} {}
    // Looks at one post, if one is due.
    Task<JobResult> work(const Job& job);

private:
    struct Post;
    Task<std::optional<Post>> find_due(const std::string& account);
    Task<JobResult> rest(const std::string& account);
    Task<JobResult> leave_alone(const std::string& account);
    Task<JobResult> look(const Job& job, Post post, const Account& account);
    Task<> write_there(Transaction& transaction, const Post& post, const StillThere& seen,
                       std::vector<PublicationNote> notes);
    Task<> write_absent(Transaction& transaction, const Post& post, std::vector<PublicationNote> notes);
    Task<> write_gone(Transaction& transaction, const Post& post);

    const PublishTools& tools_;
    LookTimes times_;
};

} // namespace vitrina
