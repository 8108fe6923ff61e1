#include "storage/measured_store.hpp"

#include "core/errors.hpp"
#include "storage/memory_store.hpp"
#include "storage/object_store_contract.hpp"
#include "unit/run.hpp"

#include <doctest/doctest.h>

using namespace vitrina;
using Operation = StorageOperation;

namespace {

// A disk that is full, behind a network that is away.
class BrokenStore final : public ObjectStore {
public:
    Task<std::unique_ptr<ObjectWriter>> create(ObjectKey) override { throw StorageFull("full"); }
    Task<std::unique_ptr<ContentSource>> open(ObjectKey) override { throw Unavailable("away"); }
    Task<std::optional<ObjectInfo>> find(ObjectKey) override { throw Unavailable("away"); }
    Task<bool> remove(ObjectKey) override { throw Unavailable("away"); }
    Task<> list(std::string, std::function<Task<>(const ObjectInfo&)>) override { throw Unavailable("away"); }
    Task<> list_unfinished(std::string, std::function<Task<>(const ObjectKey&)>) override { throw Unavailable("away"); }
    std::optional<std::uint64_t> free_bytes() override { return 7; }
};

std::uint64_t answered(const MeasuredStore& store, Operation operation)
{
    return store.counters().answered[std::size_t(operation)].times;
}

std::uint64_t failed(const MeasuredStore& store, Operation operation)
{
    return store.counters().failed[std::size_t(operation)].times;
}

} // namespace

TEST_CASE("measured store: the object store contract")
{
    MeasuredStore store(make_memory_store(), "memory");
    check_object_store_contract(store);
}

TEST_CASE("measured store: each operation is counted as what it was")
{
    MeasuredStore store(make_memory_store(), "memory");
    put_object(store, "videos/1/a.mp4", "bytes");
    CHECK(run(store.find("videos/1/a.mp4")));
    CHECK_FALSE(run(store.find("videos/1/b.mp4")));
    CHECK(run(store.remove("videos/1/a.mp4")));
    auto pass = [](const ObjectInfo&) -> Task<> { co_return; };
    run(store.list("videos/", pass));
    for (const Operation operation :
         {Operation::create, Operation::write, Operation::finish, Operation::remove, Operation::list})
        CHECK(answered(store, operation) == 1);
    CHECK(answered(store, Operation::find) == 2);
    CHECK(answered(store, Operation::open) == 0);
    CHECK(failed(store, Operation::find) == 0);
    CHECK(store.counters().answered[std::size_t(Operation::write)].seconds() > 0);
}

TEST_CASE("measured store: failures come through, counted as such")
{
    MeasuredStore store(std::make_unique<BrokenStore>(), "broken");
    CHECK_THROWS_AS(run(store.create("videos/1/a.mp4")), StorageFull);
    CHECK_THROWS_AS(run(store.open("videos/1/a.mp4")), Unavailable);
    CHECK_THROWS_AS(run(store.remove("videos/1/a.mp4")), Unavailable);
    for (const Operation operation : {Operation::create, Operation::open, Operation::remove}) {
        CHECK(failed(store, operation) == 1);
        CHECK(answered(store, operation) == 0);
    }
    CHECK(store.free_bytes() == 7);
}
