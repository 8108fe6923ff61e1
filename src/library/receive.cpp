#include "library/receive.hpp"

#include "core/digest.hpp"
#include "core/errors.hpp"
#include "core/fail_point.hpp"
#include "core/log.hpp"
#include "core/sleep.hpp"
#include "library/delete.hpp"
#include "library/inspect.hpp"
#include "library/sniff_container.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <exception>
#include <vector>

namespace vitrina {
namespace {

using std::chrono::steady_clock;

// How long the job in the queue holds back while the process that received the file inspects it itself: as long as an
// upload may be silent before it is taken for abandoned, but no longer than this.
constexpr std::chrono::seconds longest_insurance{30};
// Between two looks at a video that another process inspects.
constexpr std::chrono::milliseconds poll{25};
// Less than this is to come: the end of the upload is near.
constexpr std::uint64_t last_stretch = 16 * 1024 * 1024;

Fault empty_file()
{
    return {FaultKind::unsupported_media, "VT-UPL-001", "The file is empty", "Choose a video or audio file", {}, {}};
}

Fault refused(const Video& video)
{
    if (video.reasons.empty())
        return {FaultKind::unsupported_media, "VT-UPL-002", "The file is not a video or audio file that can be read"};
    return {FaultKind::unsupported_media, video.reasons.front().code, video.reasons.front().message};
}

// Work nobody waits for: what goes wrong with it is for the log, and for the job or the sweep that comes after it.
void spawn(Executor loop, Task<> task, std::string what)
{
    auto done = [what = std::move(what)](std::exception_ptr thrown) {
        try {
            if (thrown)
                std::rethrow_exception(thrown);
        } catch (const std::exception& error) {
            log(LogLevel::warn, what, {{"error", error.what()}});
        }
    };
    boost::asio::co_spawn(loop, std::move(task), std::move(done));
}

} // namespace

class Uploads::StoredUpload final : public Upload {
public:
    StoredUpload(Uploads& uploads, std::string client_name, std::optional<std::uint64_t> announced)
        : uploads_(uploads),
          client_name_(std::move(client_name)),
          announced_(announced),
          id_(VideoId::make(uploads.clock_.now()))
    {
    }

    ~StoredUpload() override
    {
        writer_.reset();
        if (loop_ && !finished_)
            spawn(*loop_, uploads_.objects_.discard(key_), "an abandoned upload could not be removed yet");
    }

    VideoId id() const override { return id_; }
    std::uint64_t size() const override { return size_; }

    Task<> write(std::span<const std::byte> bytes) override
    {
        size_ += bytes.size();
        if (writer_) {
            co_await store(bytes);
            co_return;
        }
        // Copied, because the caller's buffer is only lent for the store's own write, and begin() asks the database.
        head_.insert(head_.end(), bytes.begin(), bytes.end());
        if (head_.size() >= sniffed_bytes)
            co_await begin();
    }

    Task<Result<Video>> finish(VideoTitle title, VideoDescription description, VideoTags tags, Fence fence) override
    {
        if (size_ == 0)
            co_return empty_file();
        if (!writer_)
            co_await begin();
        FAIL_POINT("library.receive.bytes_written");
        co_await writer_->finish();
        FAIL_POINT("library.receive.stored");

        NewVideo entry{.id = id_,
                       .title = title.text(),
                       .description = description.text(),
                       .tags = tags.list(),
                       .source_key = key_,
                       .content_type = std::string(container_.content_type),
                       .sha256 = hex(hash_.finish()),
                       .size = size_};
        Video video = co_await enter(std::move(entry), std::move(fence));
        finished_ = true;
        FAIL_POINT("library.receive.committed");
        if (Inspection* inspection = uploads_.options_.inspection)
            spawn(*loop_, inspection->inspect(id_), "an inspection is left to the queue");
        else
            uploads_.queue_.wake();
        co_return video;
    }

private:
    // The object is recorded; then it may have bytes.
    Task<> begin()
    {
        container_ = sniff_container(head_);
        std::string_view extension = container_.extension;
        if (extension.empty())
            extension = media_extension(client_name_);
        key_ = make_source_key(id_, extension.empty() ? "bin" : extension);

        loop_ = co_await boost::asio::this_coro::executor; // from here on there is something to clean up
        renew_at_ = uploads_.clock_.now() + uploads_.options_.lease / 4;
        ObjectLease lease{uploads_.options_.owner, uploads_.options_.lease};
        co_await uploads_.objects_.add_pending(key_, id_, std::move(lease));
        writer_ = co_await uploads_.store_.create(key_);
        FAIL_POINT("library.receive.created");
        co_await store(head_);
        head_ = {};
    }

    Task<> store(std::span<const std::byte> bytes)
    {
        prepare_near_the_end();
        hash_.add(bytes);
        co_await writer_->write(bytes);
        if (uploads_.clock_.now() >= renew_at_)
            co_await renew();
    }

    // A media child is a matter of a tenth of a second and of many megabytes: it is made ready while the last bytes
    // arrive, and not held for the hours that a slow upload takes.
    void prepare_near_the_end()
    {
        Inspection* const inspection = uploads_.options_.inspection;
        if (prepared_ || !inspection || (announced_ && size_ + last_stretch < *announced_))
            return;
        prepared_ = true;
        inspection->prepare();
    }

    Task<> renew()
    {
        renew_at_ = uploads_.clock_.now() + uploads_.options_.lease / 4;
        ObjectLease lease{uploads_.options_.owner, uploads_.options_.lease};
        const bool held = co_await uploads_.objects_.renew(key_, std::move(lease));
        if (!held)
            throw Unavailable("the upload was taken for abandoned; send it again");
    }

    // The one transaction that makes the file a video.
    Task<Video> enter(NewVideo entry, Fence fence)
    {
        auto transaction = co_await uploads_.db_.begin();
        if (fence) {
            const bool still_ours = co_await fence(*transaction);
            if (!still_ours)
                throw Unavailable("the same upload is being received anew, under its Idempotency-Key");
        }
        const bool live =
            co_await uploads_.objects_.make_live(*transaction, key_, uploads_.options_.owner, size_, entry.sha256);
        if (!live) {
            transaction.reset();
            co_await uploads_.store_.remove(key_); // its row is gone, so nobody else would
            throw Unavailable("the upload was taken for abandoned; send it again");
        }
        Video video = co_await uploads_.videos_.add(*transaction, std::move(entry));
        FAIL_POINT("library.receive.entered");

        NewJob job{.kind = inspect_media, .subject = id_.text(), .max_attempts = inspect_media_attempts + 1};
        job.unique_key = std::string(inspect_media) + ":" + job.subject;
        if (uploads_.options_.inspection)
            job.run_at = uploads_.clock_.now() + std::min(longest_insurance, uploads_.options_.lease);
        co_await uploads_.queue_.enqueue(*transaction, std::move(job));
        FAIL_POINT("library.receive.before_commit");
        co_await transaction->commit();
        co_return video;
    }

    Uploads& uploads_;
    std::string client_name_;
    std::optional<std::uint64_t> announced_;
    bool prepared_ = false; // the media child
    VideoId id_;
    std::vector<std::byte> head_; // until there is enough of it to know the container by
    SniffedContainer container_;
    ObjectKey key_;
    std::unique_ptr<ObjectWriter> writer_;
    Sha256Sum hash_;
    std::uint64_t size_ = 0;
    Instant renew_at_{};
    std::optional<Executor> loop_; // where to clean up
    bool finished_ = false;
};

Uploads::Uploads(Database& database, ObjectStore& store, JobQueue& queue, const Clock& clock, Videos& videos,
                 UploadOptions options)
    : db_(database),
      store_(store),
      queue_(queue),
      clock_(clock),
      videos_(videos),
      objects_(database, store, clock),
      options_(std::move(options))
{
}

std::unique_ptr<Upload> Uploads::open(std::string client_name, std::optional<std::uint64_t> announced)
{
    return std::make_unique<StoredUpload>(*this, std::move(client_name), announced);
}

Task<Result<Video>> Uploads::await_facts(VideoId id, std::chrono::milliseconds patience)
{
    const auto deadline = steady_clock::now() + patience;
    std::unique_ptr<OutcomeBoard::Watch> watch;
    if (options_.inspection)
        watch = options_.inspection->outcomes().watch(id); // before the first look, so that nothing is missed

    while (true) {
        auto video = co_await videos_.find(id);
        if (!video)
            co_return no_such_video();
        if (video->status == VideoStatus::failed) {
            co_await remove_refused(id);
            co_return refused(*video);
        }
        const auto left = deadline - steady_clock::now();
        if (video->status != VideoStatus::processing || left <= steady_clock::duration::zero() || !waiting_)
            co_return std::move(*video);
        if (watch)
            co_await watch->wait(std::min<steady_clock::duration>(left, std::chrono::seconds(1)));
        else
            co_await sleep_for(std::min<steady_clock::duration>(left, poll));
    }
}

// The client is told, so there is nothing to keep. The job is there in case we crash on the way.
Task<> Uploads::remove_refused(VideoId id)
{
    auto transaction = co_await db_.begin();
    const bool marked = co_await videos_.mark_deleted(*transaction, id);
    if (!marked)
        co_return;
    NewJob job{.kind = purge_video, .subject = id.text(), .unique_key = std::string(purge_video) + ":" + id.text()};
    job.run_at = clock_.now() + std::min(longest_insurance, options_.lease);
    co_await queue_.enqueue(*transaction, std::move(job));
    co_await transaction->commit();
    FAIL_POINT("library.receive.refused");
    co_await objects_.purge(id);
    co_await videos_.forget_deleted(id);
}

} // namespace vitrina
