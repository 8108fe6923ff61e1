#pragma once
#include "http/outbound_loop.hpp"
#include "storage/s3/background_tasks.hpp"
#include "storage/s3/s3_objects.hpp"

#include <exception>
#include <memory>
#include <string>
#include <vector>

namespace vitrina {

// A large object on its way in: a multipart upload, a few parts at a time. Lives on the store's loop, where all its
// tasks run; they hold it, so that it ends in order when its writer is gone.
class S3Upload {
public:
    S3Upload(S3Objects& objects, BackgroundTasks& background, Executor loop, ObjectKey key, std::string writer)
        : objects_(objects),
          background_(background),
          loop_(loop),
          changed_(loop, LoopTimer::time_point::max()),
          key_(std::move(key)),
          writer_(std::move(writer))
    {
    }

    // Returns when the part is on its way; waits while as many as may be are. Throws what became of earlier ones.
    static Task<> add(std::shared_ptr<S3Upload> self, S3Body part);
    // After the last part: the object exists when it returns. Throws std::logic_error when it existed before.
    static Task<> complete(std::shared_ptr<S3Upload> self);
    // Removes what was sent. Throws nothing: what could not be removed now, remove() of the key will.
    static Task<> abandon(std::shared_ptr<S3Upload> self);

private:
    Task<> begin();
    static Task<> send_part(std::shared_ptr<S3Upload> self, std::size_t number, S3Body body);
    Task<std::string> put_part(std::size_t number, S3Body body);
    Task<> wait_for_change();
    void throw_failure();
    class Busy;
    Task<bool> is_there();
    // Whether an answer to Complete says that it is done; false when it must be looked at from the other side.
    bool settles(const S3Call& call, const S3Answer& answer);
    std::string list_of_parts() const;

    S3Objects& objects_;
    BackgroundTasks& background_;
    Executor loop_;
    LoopTimer changed_; // never runs out: cancelled to wake all who wait
    const ObjectKey key_;
    const std::string writer_;
    std::string id_; // "" before it has begun
    std::vector<std::string> tags_; // of the parts, "" while on its way
    std::size_t in_flight_ = 0;
    bool busy_ = false; // the writer's own task is at it, whether or not the writer still waits
    bool completed_ = false;
    bool abandoned_ = false;
    bool failed_ = false; // a part could not be sent
    std::exception_ptr failure_; // why, until somebody was told
};

} // namespace vitrina
