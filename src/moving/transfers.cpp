#include "moving/transfers.hpp"

#include "core/digest.hpp"
#include "core/errors.hpp"
#include "core/fail_point.hpp"
#include "core/run_together.hpp"

#include <algorithm>
#include <exception>
#include <functional>
#include <optional>
#include <stdexcept>

namespace vitrina {
namespace {

constexpr std::size_t piece = 256u << 10; // stays in the core's cache while it is hashed and written
constexpr std::size_t most_in_batch = 200;
constexpr std::uint64_t most_bytes_in_batch = 1u << 30;
constexpr std::size_t most_named = 10;

// 0 also when the object was removed while it was read, as somebody may who goes on working with the library.
Task<std::size_t> read_piece(ObjectStore& store, const ObjectKey& key, ContentSource& source, std::uint64_t at,
                             std::span<std::byte> room)
{
    std::exception_ptr trouble;
    try {
        const std::size_t got = co_await source.read(at, room);
        co_return got;
    } catch (const std::exception&) {
        trouble = std::current_exception();
    }
    const auto still_there = co_await store.find(key);
    if (still_there)
        std::rethrow_exception(trouble);
    co_return 0;
}

// Gives each piece to `take`. What is wrong with the object, or "".
Task<std::string> read_whole(ObjectStore& store, const ObjectKey& key, std::uint64_t size, const std::string& sha256,
                             const std::function<Task<>(std::span<const std::byte>)>& take)
{
    const auto source = co_await store.open(key);
    if (!source)
        co_return "is missing";
    if (source->size() != size)
        co_return "has " + std::to_string(source->size()) + " bytes instead of " + std::to_string(size);
    std::vector<std::byte> buffer(std::min<std::uint64_t>(piece, std::max<std::uint64_t>(size, 1)));
    Sha256Sum sum;
    for (std::uint64_t at = 0; at < size;) {
        const std::size_t wanted = std::size_t(std::min<std::uint64_t>(buffer.size(), size - at));
        const std::span<std::byte> room = std::span(buffer).first(wanted);
        const std::size_t got = co_await read_piece(store, key, *source, at, room);
        if (got == 0)
            co_return "ends after " + std::to_string(at) + " of " + std::to_string(size) + " bytes";
        const std::span<const std::byte> bytes = room.first(got);
        sum.add(bytes);
        co_await take(bytes);
        at += got;
    }
    if (hex(sum.finish()) != sha256)
        co_return "has another SHA-256 than its row says";
    co_return "";
}

} // namespace

void Damage::add(std::string key, std::string what)
{
    ++count_;
    if (first_.size() < most_named)
        first_.push_back(std::move(key) + " " + std::move(what));
}

std::string Damage::sentence() const
{
    if (count_ == 0)
        return "";
    std::string text = std::to_string(count_) +
                       (count_ == 1 ? " object is not what it should be:" : " objects are not what they should be:");
    for (const std::string& one : first_)
        text += " " + one + ";";
    if (count_ > first_.size())
        text += " …;";
    text.back() = '.';
    return text;
}

Task<std::string> wrong_with(ObjectStore& store, ObjectKey key, std::uint64_t size, std::string sha256)
{
    const std::function<Task<>(std::span<const std::byte>)> nowhere = [](std::span<const std::byte>) -> Task<> {
        co_return;
    };
    std::string wrong = co_await read_whole(store, key, size, sha256, nowhere);
    co_return wrong;
}

bool Transfers::is_full(std::size_t objects, std::uint64_t bytes)
{
    return objects >= most_in_batch || (objects >= at_once && bytes >= most_bytes_in_batch);
}

Task<> Transfers::run(std::vector<Transfer>& batch)
{
    std::atomic<std::size_t> next = 0;
    std::vector<PlacedTask> tasks;
    for (std::size_t i = 0; i < std::min(at_once, batch.size()); ++i)
        tasks.push_back({loops_.executor(i % loops_.size()), work(batch, next)});
    co_await run_together(std::move(tasks));
}

Task<> Transfers::work(std::vector<Transfer>& batch, std::atomic<std::size_t>& next)
{
    for (std::size_t i = next++; i < batch.size(); i = next++)
        co_await carry(batch[i]);
}

Task<> Transfers::carry(Transfer& transfer)
{
    if (transfer.may_be_there) {
        const bool there = co_await is_there(transfer);
        if (there) {
            transfer.arrived = true;
            progress_.bytes += transfer.size;
            ++progress_.objects;
            co_return;
        }
    }
    const auto writer = co_await create(transfer);
    const std::function<Task<>(std::span<const std::byte>)> take = [&](std::span<const std::byte> bytes) -> Task<> {
        FAIL_POINT("transfers.piece");
        co_await writer->write(bytes);
        progress_.bytes += bytes.size();
        progress_.copied_bytes += bytes.size();
    };
    transfer.wrong = co_await read_whole(from_, transfer.from, transfer.size, transfer.sha256, take);
    if (!transfer.wrong.empty())
        co_return; // the writer goes with what it wrote
    co_await writer->finish();
    FAIL_POINT("transfers.finished");
    transfer.arrived = true;
    ++progress_.objects;
    ++progress_.copied_objects;
}

Task<bool> Transfers::is_there(const Transfer& transfer)
{
    const auto found = co_await to_.find(transfer.to);
    if (found && found->size == transfer.size) {
        if (trust_ == Trust::size)
            co_return true;
        const std::string wrong = co_await wrong_with(to_, transfer.to, transfer.size, transfer.sha256);
        if (wrong.empty())
            co_return true;
    }
    if (found || trust_ == Trust::digest)
        co_await to_.remove(transfer.to); // with what a killed writer left beside it
    co_return false;
}

// What a killed writer left in its place makes way.
Task<std::unique_ptr<ObjectWriter>> Transfers::create(const Transfer& transfer)
{
    try {
        auto writer = co_await to_.create(transfer.to);
        co_return writer;
    } catch (const std::logic_error&) {
        if (!transfer.may_be_there)
            throw;
    }
    co_await to_.remove(transfer.to);
    auto writer = co_await to_.create(transfer.to);
    co_return writer;
}

} // namespace vitrina
