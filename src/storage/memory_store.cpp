#include "storage/memory_store.hpp"

#include "storage/object_key.hpp"

#include <algorithm>
#include <ctime>
#include <map>
#include <mutex>
#include <stdexcept>
#include <vector>

namespace vitrina {
namespace {

struct Object {
    std::vector<std::byte> bytes;
    std::int64_t modified = 0;
};

// What store, writers and sources share; used from several loops at once.
struct Shelf {
    std::mutex mutex;
    std::map<ObjectKey, std::shared_ptr<const Object>> objects;

    std::shared_ptr<const Object> find(const ObjectKey& key)
    {
        const std::lock_guard lock(mutex);
        const auto found = objects.find(key);
        return found == objects.end() ? nullptr : found->second;
    }
};

class MemoryWriter final : public ObjectWriter {
public:
    MemoryWriter(Shelf& shelf, ObjectKey key) : shelf_(shelf), key_(std::move(key)) {}

    Task<> write(std::span<const std::byte> bytes) override
    {
        bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
        co_return;
    }
    Task<> finish() override
    {
        auto object = std::make_shared<const Object>(Object{std::move(bytes_), std::time(nullptr)});
        const std::lock_guard lock(shelf_.mutex);
        if (!shelf_.objects.emplace(key_, std::move(object)).second)
            throw std::logic_error("an object with this key exists already: " + key_);
        co_return;
    }

private:
    Shelf& shelf_;
    ObjectKey key_;
    std::vector<std::byte> bytes_;
};

class MemorySource final : public ContentSource {
public:
    explicit MemorySource(std::shared_ptr<const Object> object) : object_(std::move(object)) {}

    std::uint64_t size() const override { return object_->bytes.size(); }
    int descriptor() const override { return -1; }
    Task<std::size_t> read(std::uint64_t offset, std::span<std::byte> out) override
    {
        if (offset >= size())
            co_return 0;
        const auto rest = std::span(object_->bytes).subspan(offset);
        const std::size_t n = std::min(rest.size(), out.size());
        std::copy_n(rest.begin(), n, out.begin());
        co_return n;
    }

private:
    std::shared_ptr<const Object> object_;
};

class MemoryStore final : public ObjectStore {
public:
    Task<std::unique_ptr<ObjectWriter>> create(ObjectKey key) override
    {
        check_object_key(key);
        co_return std::make_unique<MemoryWriter>(shelf_, std::move(key));
    }
    Task<std::unique_ptr<ContentSource>> open(ObjectKey key) override
    {
        check_object_key(key);
        auto object = shelf_.find(key);
        if (!object)
            co_return nullptr;
        co_return std::make_unique<MemorySource>(std::move(object));
    }
    Task<std::optional<ObjectInfo>> find(ObjectKey key) override
    {
        check_object_key(key);
        const auto object = shelf_.find(key);
        if (!object)
            co_return std::nullopt;
        co_return ObjectInfo{std::move(key), object->bytes.size(), object->modified};
    }
    Task<bool> remove(ObjectKey key) override
    {
        check_object_key(key);
        const std::lock_guard lock(shelf_.mutex);
        co_return shelf_.objects.erase(key) > 0;
    }
    Task<> list(std::string prefix, std::function<Task<>(const ObjectInfo&)> each) override
    {
        // One at a time from after the last key: `each` runs without the lock and may change the store.
        ObjectKey last;
        while (auto object = first_after(last, prefix)) {
            last = object->key;
            co_await each(*object);
        }
    }
    // A writer keeps its bytes to itself until it is finished, and drops them with itself.
    Task<> list_unfinished(std::string, std::function<Task<>(const ObjectKey&)>) override { co_return; }
    std::optional<std::uint64_t> free_bytes() override { return std::nullopt; }

private:
    std::optional<ObjectInfo> first_after(const ObjectKey& last, const std::string& prefix)
    {
        const std::lock_guard lock(shelf_.mutex);
        const auto found = last.empty() ? shelf_.objects.lower_bound(prefix) : shelf_.objects.upper_bound(last);
        if (found == shelf_.objects.end() || !found->first.starts_with(prefix))
            return std::nullopt;
        return ObjectInfo{found->first, found->second->bytes.size(), found->second->modified};
    }

    Shelf shelf_;
};

} // namespace

std::unique_ptr<ObjectStore> make_memory_store()
{
    return std::make_unique<MemoryStore>();
}

} // namespace vitrina
