#include "storage/measured_store.hpp"

namespace vitrina {
namespace {

using steady_clock = std::chrono::steady_clock;
using Operation = StorageOperation;

// From its making to its end; failed unless it is told otherwise.
class Stopwatch {
public:
    Stopwatch(StorageCounters& counters, Operation operation) : counters_(counters), operation_(std::size_t(operation))
    {
    }
    ~Stopwatch()
    {
        auto& times = answered_ ? counters_.answered : counters_.failed;
        times[operation_].add(steady_clock::now() - began_);
    }
    Stopwatch(const Stopwatch&) = delete;
    Stopwatch& operator=(const Stopwatch&) = delete;

    void answered() { answered_ = true; }

private:
    StorageCounters& counters_;
    const std::size_t operation_;
    const steady_clock::time_point began_ = steady_clock::now();
    bool answered_ = false;
};

class MeasuredWriter final : public ObjectWriter {
public:
    MeasuredWriter(StorageCounters& counters, std::unique_ptr<ObjectWriter> writer)
        : counters_(counters), writer_(std::move(writer))
    {
    }

    Task<> write(std::span<const std::byte> bytes) override
    {
        Stopwatch watch(counters_, Operation::write);
        co_await writer_->write(bytes);
        watch.answered();
    }
    Task<> finish() override
    {
        Stopwatch watch(counters_, Operation::finish);
        co_await writer_->finish();
        watch.answered();
    }

private:
    StorageCounters& counters_;
    std::unique_ptr<ObjectWriter> writer_;
};

} // namespace

MeasuredStore::MeasuredStore(std::unique_ptr<ObjectStore> engine, std::string backend)
    : engine_(std::move(engine)), backend_(std::move(backend))
{
}

Task<std::unique_ptr<ObjectWriter>> MeasuredStore::create(ObjectKey key)
{
    Stopwatch watch(counters_, Operation::create);
    std::unique_ptr<ObjectWriter> writer = co_await engine_->create(std::move(key));
    watch.answered();
    co_return std::make_unique<MeasuredWriter>(counters_, std::move(writer));
}

Task<std::unique_ptr<ContentSource>> MeasuredStore::open(ObjectKey key)
{
    Stopwatch watch(counters_, Operation::open);
    std::unique_ptr<ContentSource> source = co_await engine_->open(std::move(key));
    watch.answered();
    co_return source;
}

Task<std::optional<ObjectInfo>> MeasuredStore::find(ObjectKey key)
{
    Stopwatch watch(counters_, Operation::find);
    std::optional<ObjectInfo> found = co_await engine_->find(std::move(key));
    watch.answered();
    co_return found;
}

Task<bool> MeasuredStore::remove(ObjectKey key)
{
    Stopwatch watch(counters_, Operation::remove);
    const bool removed = co_await engine_->remove(std::move(key));
    watch.answered();
    co_return removed;
}

Task<> MeasuredStore::list(std::string prefix, std::function<Task<>(const ObjectInfo&)> each)
{
    Stopwatch watch(counters_, Operation::list);
    co_await engine_->list(std::move(prefix), std::move(each));
    watch.answered();
}

Task<> MeasuredStore::list_unfinished(std::string prefix, std::function<Task<>(const ObjectKey&)> each)
{
    Stopwatch watch(counters_, Operation::list);
    co_await engine_->list_unfinished(std::move(prefix), std::move(each));
    watch.answered();
}

} // namespace vitrina
