#include "storage/disk_store.hpp"

#include "core/fail_point.hpp"
#include "core/run_on.hpp"
#include "storage/disk_tree.hpp"
#include "storage/disk_walk.hpp"
#include "storage/object_key.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/uio.h>

namespace vitrina {
namespace {

using Clock = std::chrono::steady_clock;

// Longer than this, and the disk is throttling us: the loop has other clients.
constexpr auto slow_write = std::chrono::milliseconds{20};
// How long a slow disk is kept off the loop before it is tried there again.
constexpr auto slow_spell = std::chrono::seconds{2};
// Dirty bytes are sent on their way this often, so that the last fsync finds little left to do.
constexpr std::uint64_t write_behind = 8u << 20;

void write_all(int fd, std::span<const std::byte> bytes, std::uint64_t offset)
{
    FAIL_POINT("disk_store.write");
    while (!bytes.empty()) {
        const ssize_t n = ::pwrite(fd, bytes.data(), bytes.size(), off_t(offset));
        if (n < 0) {
            if (errno == EINTR)
                continue;
            throw_disk_error(errno, "writing an object");
        }
        bytes = bytes.subspan(std::size_t(n));
        offset += std::uint64_t(n);
    }
}

class DiskWriter final : public ObjectWriter {
public:
    DiskWriter(DiskTree& tree, Pool& pool, ObjectKey key, Descriptor file)
        : tree_(tree), pool_(pool), key_(std::move(key)), file_(std::make_shared<Descriptor>(std::move(file)))
    {
    }

    // On the pool: unlinking a large file takes its time.
    ~DiskWriter() override
    {
        if (!finished_)
            boost::asio::post(pool_, [&tree = tree_, key = std::move(key_)] { tree.remove_part(key); });
    }

    Task<> write(std::span<const std::byte> bytes) override
    {
        const auto began = Clock::now();
        if (began < slow_until_) {
            auto work = [&] { write_all(file_->get(), bytes, size_); };
            co_await run_on(pool_, std::move(work));
        } else {
            write_all(file_->get(), bytes, size_);
        }
        const auto ended = Clock::now();
        if (ended - began > slow_write)
            slow_until_ = ended + slow_spell;
        size_ += bytes.size();
        send_on_its_way();
    }

    Task<> finish() override
    {
        auto work = [&] { tree_.publish_part(*file_, key_); };
        co_await run_on(pool_, std::move(work));
        finished_ = true;
    }

private:
    // Starts writing to the disk without waiting for it; on the pool because a full queue makes even that wait.
    void send_on_its_way()
    {
        if (size_ - sent_ < write_behind)
            return;
        boost::asio::post(pool_, [file = file_, from = sent_, length = size_ - sent_] {
            ::sync_file_range(file->get(), off_t(from), off_t(length), SYNC_FILE_RANGE_WRITE);
        });
        sent_ = size_;
    }

    DiskTree& tree_;
    Pool& pool_;
    ObjectKey key_;
    std::shared_ptr<Descriptor> file_;
    std::uint64_t size_ = 0;
    std::uint64_t sent_ = 0;
    Clock::time_point slow_until_{};
    bool finished_ = false;
};

class DiskSource final : public ContentSource {
public:
    DiskSource(Pool& pool, Descriptor file) : pool_(pool), file_(std::move(file)), size_(info_of(file_, {}).size) {}

    std::uint64_t size() const override { return size_; }
    int descriptor() const override { return file_.get(); }

    Task<std::size_t> read(std::uint64_t offset, std::span<std::byte> out) override
    {
        const iovec piece{out.data(), out.size()};
        const ssize_t cached = ::preadv2(file_.get(), &piece, 1, off_t(offset), RWF_NOWAIT);
        if (cached > 0)
            co_return std::size_t(cached);
        auto work = [&] { return read_waiting(offset, out); };
        const std::size_t n = co_await run_on(pool_, std::move(work));
        co_return n;
    }

private:
    std::size_t read_waiting(std::uint64_t offset, std::span<std::byte> out) const
    {
        while (true) {
            const ssize_t n = ::pread(file_.get(), out.data(), out.size(), off_t(offset));
            if (n >= 0)
                return std::size_t(n);
            if (errno != EINTR)
                throw_disk_error(errno, "reading an object");
        }
    }

    Pool& pool_;
    Descriptor file_;
    std::uint64_t size_;
};

class DiskStore final : public ObjectStore {
public:
    DiskStore(const std::filesystem::path& root, const DiskStoreOptions& options)
        : tree_(root), pool_(std::size_t(options.threads))
    {
    }
    // Lets what was posted run to its end: dropped writers are being unlinked there.
    ~DiskStore() override { pool_.join(); }

    Task<std::unique_ptr<ObjectWriter>> create(ObjectKey key) override
    {
        check_object_key(key);
        auto work = [&] { return tree_.create_part(key); };
        Descriptor file = co_await run_on(pool_, std::move(work));
        co_return std::make_unique<DiskWriter>(tree_, pool_, std::move(key), std::move(file));
    }

    Task<std::unique_ptr<ContentSource>> open(ObjectKey key) override
    {
        Descriptor file = co_await open_file(key);
        if (!file)
            co_return nullptr;
        co_return std::make_unique<DiskSource>(pool_, std::move(file));
    }

    Task<std::optional<ObjectInfo>> find(ObjectKey key) override
    {
        const Descriptor file = co_await open_file(key);
        if (!file)
            co_return std::nullopt;
        co_return info_of(file, std::move(key));
    }

    Task<bool> remove(ObjectKey key) override
    {
        check_object_key(key);
        auto work = [&] { return tree_.remove(key); };
        const bool removed = co_await run_on(pool_, std::move(work));
        co_return removed;
    }

    Task<> list(std::string prefix, std::function<Task<>(const ObjectInfo&)> each) override
    {
        co_await walk(DiskWalk::Which::finished, std::move(prefix), std::move(each));
    }

    Task<> list_unfinished(std::string prefix, std::function<Task<>(const ObjectKey&)> each) override
    {
        auto each_key = [&each](const ObjectInfo& object) { return each(object.key); };
        co_await walk(DiskWalk::Which::unfinished, std::move(prefix), each_key);
    }

    std::optional<std::uint64_t> free_bytes() override { return tree_.free_bytes(); }

private:
    Task<> walk(DiskWalk::Which which, std::string prefix, std::function<Task<>(const ObjectInfo&)> each)
    {
        std::optional<DiskWalk> walk;
        auto next_page = [&] {
            if (!walk)
                walk.emplace(tree_, prefix, which);
            return walk->next_page();
        };
        while (true) {
            const std::vector<ObjectInfo> page = co_await run_on(pool_, next_page);
            if (page.empty())
                co_return;
            for (const ObjectInfo& object : page)
                co_await each(object);
        }
    }

    // At once when the kernel has the names in its cache, else on the pool. `key` outlives the call.
    Task<Descriptor> open_file(const ObjectKey& key)
    {
        check_object_key(key);
        if (Descriptor file = tree_.open_cached(key))
            co_return file;
        auto work = [&] { return tree_.open(key); };
        Descriptor file = co_await run_on(pool_, std::move(work));
        co_return file;
    }

    DiskTree tree_;
    Pool pool_;
};

} // namespace

std::unique_ptr<ObjectStore> open_disk_store(const std::filesystem::path& root, DiskStoreOptions options)
{
    return std::make_unique<DiskStore>(root, options);
}

} // namespace vitrina
