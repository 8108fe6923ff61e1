#include "storage/s3/s3_store.hpp"

#include "core/errors.hpp"
#include "core/event_loops.hpp"
#include "core/log.hpp"
#include "core/random.hpp"
#include "core/run_there.hpp"
#include "storage/object_key.hpp"
#include "storage/object_links.hpp"
#include "storage/s3/background_tasks.hpp"
#include "storage/s3/part_buffer.hpp"
#include "storage/s3/s3_objects.hpp"
#include "storage/s3/s3_reader.hpp"
#include "storage/s3/s3_refusal.hpp"
#include "storage/s3/s3_upload.hpp"

#include <algorithm>
#include <cstring>
#include <future>

namespace vitrina {
namespace {

constexpr std::uint64_t smallest_part = 5u << 20; // S3 refuses smaller ones but for the last
constexpr std::uint64_t largest_part = 1u << 30;

// What store, writers and sources share.
struct Engine {
    explicit Engine(S3StoreOptions options)
        : clock(options.clock ? *options.clock : system_clock),
          client(std::move(options.client), clock),
          objects(client),
          part(options.part),
          links_at(std::move(options.links_at)),
          end_patience(options.end_patience),
          memory(loop(), options.memory, options.part)
    {
        loops.start();
    }
    ~Engine() { background.wait(end_patience); }
    Executor loop() { return loops.executor(0); }

    const SystemClock system_clock{};
    const Clock& clock;
    S3Client client;
    S3Objects objects;
    const std::uint64_t part;
    const std::optional<S3Address> links_at;
    const std::chrono::milliseconds end_patience;
    BackgroundTasks background;
    EventLoops loops{1};
    PartMemory memory;
};

class S3Writer final : public ObjectWriter {
public:
    S3Writer(Engine& engine, ObjectKey key)
        : engine_(engine), key_(std::move(key)), mark_(random_hex(16)), sum_(engine.client.proof())
    {
    }

    ~S3Writer() override
    {
        if (upload_ && !finished_)
            engine_.background.spawn(engine_.loop(), S3Upload::abandon(upload_));
    }

    Task<> write(std::span<const std::byte> bytes) override
    {
        while (!bytes.empty()) {
            if (!buffer_)
                buffer_ = std::make_shared<PartBuffer>(engine_.memory.share(memory_), engine_.part);
            const auto piece = bytes.first(std::min(bytes.size(), buffer_->room()));
            if (const std::uint64_t size = buffer_->wants(piece.size())) {
                auto growth = PartMemory::grow(buffer_->share(), size);
                co_await run_there(engine_.loop(), std::move(growth));
                buffer_->may_hold(size);
            }
            buffer_->append(piece);
            sum_.add(piece);
            bytes = bytes.subspan(piece.size());
            if (buffer_->room() == 0)
                co_await send_part();
        }
    }

    Task<> finish() override
    {
        auto search = engine_.objects.head(key_);
        const auto there = co_await run_there(engine_.loop(), std::move(search));
        if (there)
            throw_s3_key_exists(key_);
        if (upload_) {
            if (buffer_)
                co_await send_part();
            auto completion = S3Upload::complete(upload_);
            co_await run_there(engine_.loop(), std::move(completion));
        } else {
            auto put = engine_.objects.put(key_, mark_, take_body());
            co_await run_there(engine_.loop(), std::move(put));
        }
        finished_ = true;
    }

private:
    Task<> send_part()
    {
        if (!upload_)
            upload_ = std::make_shared<S3Upload>(engine_.objects, engine_.background, engine_.loop(), key_, mark_);
        auto added = S3Upload::add(upload_, take_body());
        co_await run_there(engine_.loop(), std::move(added));
    }

    S3Body take_body()
    {
        S3BodySum sum = std::exchange(sum_, S3BodySum(engine_.client.proof()));
        const std::shared_ptr<PartBuffer> full = std::exchange(buffer_, nullptr);
        if (!full)
            return sum.finish(nullptr, {});
        full->share()->leave();
        return sum.finish(full, full->bytes());
    }

    Engine& engine_;
    const ObjectKey key_;
    const std::string mark_;
    const std::shared_ptr<PartMemory::Upload> memory_ = std::make_shared<PartMemory::Upload>();
    std::shared_ptr<PartBuffer> buffer_; // of the part that is being filled; null between parts
    S3BodySum sum_;                      // of the same bytes
    std::shared_ptr<S3Upload> upload_;
    bool finished_ = false;
};

class S3Source final : public ContentSource {
public:
    S3Source(Engine& engine, ObjectKey key, S3Reader::Opened opened)
        : engine_(engine),
          size_(opened.size),
          window_(std::move(opened.begin)),
          reader_(std::make_shared<S3Reader>(engine.client, engine.background, engine.loop(), std::move(key), size_))
    {
    }

    std::uint64_t size() const override { return size_; }
    int descriptor() const override { return -1; }

    Task<std::size_t> read(std::uint64_t offset, std::span<std::byte> out) override
    {
        if (offset >= size_ || out.empty())
            co_return 0;
        if (!window_ || !window_->holds(offset)) {
            window_.reset();
            auto next = S3Reader::window_at(reader_, offset);
            window_ = co_await run_there(engine_.loop(), std::move(next));
        }
        const std::size_t at = offset - window_->offset;
        const std::size_t n = std::min(out.size(), window_->bytes.size() - at);
        std::memcpy(out.data(), window_->bytes.data() + at, n);
        co_return n;
    }

private:
    Engine& engine_;
    const std::uint64_t size_;
    S3WindowPtr window_;
    std::shared_ptr<S3Reader> reader_;
};

// These run on the engine's loop.

Task<bool> remove_object(Engine& engine, ObjectKey key)
{
    const auto there = co_await engine.objects.head(key);
    if (there)
        co_await engine.objects.remove(key);
    co_await engine.objects.abort_uploads(key);
    co_return there.has_value();
}

class S3Store final : public ObjectStore, public ObjectLinks {
public:
    explicit S3Store(S3StoreOptions options) : engine_(std::move(options)) {}

    // Throws when the store says no; tells why when it says nothing.
    std::optional<std::string> check_bucket()
    {
        const S3Call call = s3_first_question();
        const auto promise = std::make_shared<std::promise<S3Attempt>>(); // the loop may still hold it after us
        boost::asio::co_spawn(engine_.loop(), engine_.client.attempt(call),
                              [promise](std::exception_ptr thrown, S3Attempt attempt) {
            if (thrown)
                promise->set_exception(thrown);
            else
                promise->set_value(std::move(attempt));
        });
        const S3Attempt attempt = promise->get_future().get();
        if (const auto* trouble = std::get_if<S3Trouble>(&attempt))
            return why_s3_is_away(engine_.client, *trouble);
        if (const auto refusal = why_s3_refuses(engine_.client, std::get<S3Answer>(attempt)))
            throw Unavailable(*refusal);
        return std::nullopt;
    }

    Task<std::unique_ptr<ObjectWriter>> create(ObjectKey key) override
    {
        check_object_key(key);
        co_return std::make_unique<S3Writer>(engine_, std::move(key));
    }

    Task<std::unique_ptr<ContentSource>> open(ObjectKey key) override
    {
        check_object_key(key);
        auto opening = S3Reader::open(engine_.client, key);
        std::optional<S3Reader::Opened> opened = co_await run_there(engine_.loop(), std::move(opening));
        if (!opened)
            co_return nullptr;
        co_return std::make_unique<S3Source>(engine_, std::move(key), std::move(*opened));
    }

    Task<std::optional<ObjectInfo>> find(ObjectKey key) override
    {
        check_object_key(key);
        auto search = engine_.objects.head(std::move(key));
        auto there = co_await run_there(engine_.loop(), std::move(search));
        if (!there)
            co_return std::nullopt;
        co_return std::move(there->info);
    }

    Task<bool> remove(ObjectKey key) override
    {
        check_object_key(key);
        auto removal = remove_object(engine_, std::move(key));
        const bool removed = co_await run_there(engine_.loop(), std::move(removal));
        co_return removed;
    }

    Task<> list(std::string prefix, std::function<Task<>(const ObjectInfo&)> each) override
    {
        std::string token;
        do {
            auto page_task = engine_.objects.list_page(prefix, token);
            const S3ListPage page = co_await run_there(engine_.loop(), std::move(page_task));
            for (const ObjectInfo& object : page.objects)
                co_await each(object); // on the caller's loop
            token = page.next;
        } while (!token.empty());
    }

    Task<> list_unfinished(std::string prefix, std::function<Task<>(const ObjectKey&)> each) override
    {
        std::string key_marker, id_marker;
        do {
            auto page_task = engine_.objects.uploads_page(prefix, key_marker, id_marker);
            const S3UploadsPage page = co_await run_there(engine_.loop(), std::move(page_task));
            for (const S3UnfinishedUpload& upload : page.uploads)
                if (is_object_key(upload.key)) // others' keys could not be ours
                    co_await each(upload.key);
            key_marker = page.next_key;
            id_marker = page.next_id;
        } while (!key_marker.empty());
    }

    std::optional<std::uint64_t> free_bytes() override { return std::nullopt; }

    std::string origin() const override
    {
        const S3Address& at = engine_.links_at ? *engine_.links_at : engine_.client.address();
        return at.scheme + "://" + at.host;
    }

    Task<Made> link(ObjectLink wanted) override
    {
        check_object_key(wanted.key);
        S3Presigned call{.method = wanted.method,
                         .key = std::move(wanted.key),
                         .query = {{"response-content-type", std::move(wanted.type)},
                                   {"response-content-disposition", std::move(wanted.disposition)}},
                         .valid_for = wanted.valid_for};
        call.at = engine_.links_at ? &*engine_.links_at : nullptr;
        Made made = co_await engine_.client.presign(std::move(call));
        co_return made;
    }

private:
    Engine engine_;
};

} // namespace

std::unique_ptr<ObjectStore> open_s3_store(S3StoreOptions options)
{
    if (options.part < smallest_part || options.part > largest_part)
        throw Unavailable("VITRINA_S3_PART must be between 5 MiB and 1 GiB.");
    if (options.memory < options.part)
        throw Unavailable("VITRINA_S3_MEMORY must be at least as large as VITRINA_S3_PART.");
    auto store = std::make_unique<S3Store>(std::move(options));
    if (const auto trouble = store->check_bucket())
        log(LogLevel::warn, "the S3 store does not answer yet", {{"reason", *trouble}});
    return store;
}

} // namespace vitrina
