#include "moving/transfers.hpp"

#include "core/digest.hpp"
#include "moving/arrivals.hpp"
#include "moving/manifest.hpp"
#include "storage/disk_store.hpp"
#include "storage/memory_store.hpp"
#include "unit/child.hpp"
#include "unit/run.hpp"
#include "unit/test_database.hpp"

#include <doctest/doctest.h>

using namespace vitrina;

namespace {

struct Stores {
    EventLoops loops{2};
    std::unique_ptr<ObjectStore> from = make_memory_store();
    TestDirectory directory;
    std::unique_ptr<ObjectStore> to = open_disk_store(directory.path);
    MoveProgress progress;

    Stores() { loops.start(); }

    Transfer given(const std::string& key, const std::string& text)
    {
        run(write_small(*from, key, text));
        return {key, key, text.size(), sha256_hex(text)};
    }

    void carry(std::vector<Transfer>& batch)
    {
        Transfers transfers(loops, *from, *to, progress, Transfers::Trust::digest);
        run(transfers.run(batch));
    }

    std::optional<std::string> there(const std::string& key) { return run(read_small(*to, key, 1u << 20)); }
};

// Of a store in which each object is gone when more than its beginning is asked for, or fails to be read.
class Fickle final : public ObjectStore {
public:
    Fickle(ObjectStore& whole, bool removes) : whole_(whole), removes_(removes) {}

    Task<std::unique_ptr<ObjectWriter>> create(ObjectKey key) override { return whole_.create(std::move(key)); }
    Task<std::unique_ptr<ContentSource>> open(ObjectKey key) override
    {
        std::unique_ptr<ContentSource> source = co_await whole_.open(key);
        if (!source)
            co_return nullptr;
        co_return std::make_unique<Source>(*this, std::move(key), std::move(source));
    }
    Task<std::optional<ObjectInfo>> find(ObjectKey key) override { return whole_.find(std::move(key)); }
    Task<bool> remove(ObjectKey key) override { return whole_.remove(std::move(key)); }
    Task<> list(std::string prefix, std::function<Task<>(const ObjectInfo&)> each) override
    {
        return whole_.list(std::move(prefix), std::move(each));
    }
    Task<> list_unfinished(std::string prefix, std::function<Task<>(const ObjectKey&)> each) override
    {
        return whole_.list_unfinished(std::move(prefix), std::move(each));
    }
    std::optional<std::uint64_t> free_bytes() override { return whole_.free_bytes(); }

private:
    class Source final : public ContentSource {
    public:
        Source(Fickle& store, ObjectKey key, std::unique_ptr<ContentSource> whole)
            : store_(store), key_(std::move(key)), whole_(std::move(whole))
        {
        }
        std::uint64_t size() const override { return whole_->size(); }
        int descriptor() const override { return -1; }
        Task<std::size_t> read(std::uint64_t offset, std::span<std::byte> into) override
        {
            if (offset > 0 && store_.removes_)
                co_await store_.whole_.remove(key_);
            if (offset > 0)
                throw std::runtime_error("the store answered 404");
            const std::size_t got = co_await whole_->read(offset, into);
            co_return got;
        }

    private:
        Fickle& store_;
        ObjectKey key_;
        std::unique_ptr<ContentSource> whole_;
    };

    ObjectStore& whole_;
    bool removes_;
};

} // namespace

TEST_CASE("transfers: an object that is removed while it is read is missing, and nothing fails for it")
{
    for (const bool removed : {true, false}) {
        Stores stores;
        std::vector<Transfer> batch{stores.given("videos/1", std::string(600'000, 'x')),
                                    stores.given("videos/2", "dogs")};
        Fickle from(*stores.from, removed);
        Transfers transfers(stores.loops, from, *stores.to, stores.progress, Transfers::Trust::digest);
        if (!removed) {
            CHECK_THROWS_WITH(run(transfers.run(batch)), "the store answered 404");
            continue;
        }
        run(transfers.run(batch));
        CHECK(batch[0].wrong.starts_with("ends after"));
        CHECK_FALSE(stores.there("videos/1"));
        CHECK(batch[1].arrived);
    }
}

TEST_CASE("transfers: many arrive, each as its row says")
{
    Stores stores;
    std::vector<Transfer> batch;
    for (int i = 0; i < 50; ++i)
        batch.push_back(stores.given("videos/" + std::to_string(i), std::string(std::size_t(i) * 1000, 'x')));
    stores.carry(batch);
    for (const Transfer& one : batch) {
        CHECK(one.arrived);
        CHECK(stores.there(one.to)->size() == one.size);
    }
    CHECK(stores.progress.copied_objects == 50);
}

TEST_CASE("transfers: a flipped byte, a missing object and one of another size are told, and nothing of them stays")
{
    Stores stores;
    std::vector<Transfer> batch{stores.given("videos/1", "cats"), stores.given("videos/2", "dogs"),
                                stores.given("videos/3", "birds")};
    batch[0].sha256 = sha256_hex("catz");
    run(stores.from->remove("videos/2"));
    batch[2].size = 4;
    stores.carry(batch);
    CHECK(batch[0].wrong == "has another SHA-256 than its row says");
    CHECK(batch[1].wrong == "is missing");
    CHECK(batch[2].wrong == "has 5 bytes instead of 4");
    for (const Transfer& one : batch) {
        CHECK_FALSE(one.arrived);
        CHECK_FALSE(stores.there(one.to));
    }
}

TEST_CASE("transfers: what is there already is not copied again, but looked at")
{
    Stores stores;
    std::vector<Transfer> batch{stores.given("videos/1", "cats"), stores.given("videos/2", "dogs")};
    run(write_small(*stores.to, "videos/1", "cats"));
    run(write_small(*stores.to, "videos/2", "dogz"));
    for (Transfer& one : batch)
        one.may_be_there = true;
    stores.carry(batch);
    CHECK(stores.progress.copied_objects == 1);
    CHECK(stores.there("videos/2") == "dogs");
}

TEST_CASE("transfers: the ledger knows what arrived and what was only begun")
{
    const auto db = open_test_database();
    Arrivals arrivals(*db);
    std::vector<Transfer> batch{{"a", "a", 1, "one"}, {"b", "b", 2, "two"}, {"c", "c", 3, "three"}};
    run(arrivals.note_begun(batch));
    batch[0].arrived = true;
    run(arrivals.note_arrived(batch));
    std::vector<Transfer> again{{"a", "a", 1, "one"}, {"b", "b", 2, "two"}, {"d", "d", 4, "four"}};
    run(arrivals.look_up(again));
    CHECK(again[0].arrived);
    CHECK((again[1].may_be_there && !again[1].arrived));
    CHECK_FALSE(again[2].may_be_there);
    run(arrivals.forget());
    std::vector<Transfer> anew{{"a", "a", 1, "one"}};
    run(arrivals.look_up(anew));
    CHECK_FALSE(anew[0].may_be_there);
}

TEST_CASE("damage: the sentence names the first few")
{
    Damage damage;
    CHECK(damage.sentence().empty());
    damage.add("videos/1", "is missing");
    CHECK(damage.sentence() == "1 object is not what it should be: videos/1 is missing.");
    for (int i = 0; i < 20; ++i)
        damage.add("videos/2", "is missing");
    CHECK(damage.count() == 21);
    CHECK(damage.sentence().starts_with("21 objects are not what they should be:"));
    CHECK(damage.sentence().ends_with(" …."));
}
