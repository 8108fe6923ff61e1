#include "storage/object_store_contract.hpp"

#include "core/errors.hpp"
#include "unit/run.hpp"

#include <doctest/doctest.h>
#include <set>
#include <thread>
#include <vector>

namespace vitrina {
namespace {

std::span<const std::byte> bytes_of(std::string_view text)
{
    return std::as_bytes(std::span(text));
}

std::string read_all(ContentSource& source)
{
    std::string content;
    std::string piece(1000, '\0');
    while (true) {
        const auto out = std::as_writable_bytes(std::span(piece));
        const std::size_t n = run(source.read(content.size(), out));
        if (n == 0)
            return content;
        content.append(piece, 0, n);
    }
}

std::set<std::string> keys(ObjectStore& store, std::string prefix)
{
    std::set<std::string> found;
    auto note = [&](const ObjectInfo& object) -> Task<> {
        CHECK(found.insert(object.key).second); // each once
        co_return;
    };
    run(store.list(std::move(prefix), note));
    return found;
}

void check_an_object_comes_back(ObjectStore& store)
{
    std::string content;
    auto writer = run(store.create("videos/1/a.mp4"));
    for (int i = 0; i < 500; ++i) {
        const std::string piece = std::to_string(i) + ',';
        run(writer->write(bytes_of(piece)));
        content += piece;
    }
    run(writer->finish());
    writer.reset();

    const auto info = run(store.find("videos/1/a.mp4"));
    REQUIRE(info);
    CHECK(info->key == "videos/1/a.mp4");
    CHECK(info->size == content.size());
    CHECK(info->modified > 1'600'000'000);

    auto source = run(store.open("videos/1/a.mp4"));
    REQUIRE(source);
    CHECK(source->size() == content.size());
    CHECK(read_all(*source) == content);

    std::string middle(10, '\0');
    CHECK(run(source->read(5, std::as_writable_bytes(std::span(middle)))) == 10);
    CHECK(middle == content.substr(5, 10));
    CHECK(run(source->read(content.size() + 5, std::as_writable_bytes(std::span(middle)))) == 0);
}

void check_unfinished_objects_are_not_there(ObjectStore& store)
{
    {
        auto writer = run(store.create("videos/1/a.mp4"));
        run(writer->write(bytes_of("half of it")));
        CHECK_FALSE(run(store.find("videos/1/a.mp4")));
        CHECK_FALSE(run(store.open("videos/1/a.mp4")));
        CHECK(keys(store, "").empty());
    }
    CHECK_FALSE(run(store.find("videos/1/a.mp4")));
    CHECK(keys(store, "").empty());
}

void check_objects_are_never_replaced(ObjectStore& store)
{
    put_object(store, "videos/1/a.mp4", "first");
    CHECK_THROWS_AS(put_object(store, "videos/1/a.mp4", "second"), std::logic_error);
    CHECK(get_object(store, "videos/1/a.mp4") == "first");
}

void check_removal(ObjectStore& store)
{
    put_object(store, "videos/1/a.mp4", "cats");
    put_object(store, "videos/1/b.mp4", "dogs");
    auto watching = run(store.open("videos/1/a.mp4"));
    CHECK(run(store.remove("videos/1/a.mp4")));
    CHECK_FALSE(run(store.remove("videos/1/a.mp4")));
    CHECK_FALSE(run(store.remove("never/was/here.mp4")));
    CHECK_FALSE(get_object(store, "videos/1/a.mp4"));
    CHECK(get_object(store, "videos/1/b.mp4") == "dogs");
    CHECK(read_all(*watching) == "cats"); // who has it open may read on
    CHECK(run(store.remove("videos/1/b.mp4")));
    CHECK(keys(store, "").empty());
    put_object(store, "videos/1/c.mp4", "its directory may have gone");
    CHECK(get_object(store, "videos/1/c.mp4"));
}

void check_lists(ObjectStore& store)
{
    std::set<std::string> all;
    for (int i = 0; i < 600; ++i) // more than one page
        all.insert("videos/" + std::to_string(i % 7) + '/' + std::to_string(i) + ".mp4");
    for (const std::string& key : all)
        put_object(store, key, "x");
    put_object(store, "thumbnails/1.jpg", "y");
    put_object(store, "videos-old", "z");

    CHECK(keys(store, "videos/") == all);
    CHECK(keys(store, "").size() == all.size() + 2);
    CHECK(keys(store, "thumb") == std::set<std::string>{"thumbnails/1.jpg"});
    CHECK(keys(store, "videos/3/59").size() == 3); // 59, 591 and 598: any prefix, not only directories
    CHECK(keys(store, "videos").size() == all.size() + 1);
    CHECK(keys(store, "nothing/here").empty());
    CHECK(keys(store, "../").empty());
}

void check_malformed_keys(ObjectStore& store)
{
    const std::string long_segment(201, 'a');
    for (const std::string& key :
         {std::string(), std::string("/etc/passwd"), std::string("../x"), std::string("a/../b"), std::string("a//b"),
          std::string("a/"), std::string(".hidden"), std::string("a/.b"), std::string("a.part"), std::string("a b"),
          std::string("a\0b", 3), std::string("ä"), long_segment, std::string("a\\b"), std::string("a%2fb")}) {
        CAPTURE(key);
        CHECK_THROWS_AS(run(store.create(key)), std::invalid_argument);
        CHECK_THROWS_AS(run(store.open(key)), std::invalid_argument);
        CHECK_THROWS_AS(run(store.find(key)), std::invalid_argument);
        CHECK_THROWS_AS(run(store.remove(key)), std::invalid_argument);
    }
}

void check_many_at_once(ObjectStore& store)
{
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&store, t] {
            for (int i = 0; i < 20; ++i) {
                // Made and removed in one directory by all of them.
                const std::string key = "videos/shared/" + std::to_string(t) + '-' + std::to_string(i);
                put_object(store, key, key);
                if (get_object(store, key) != key || !run(store.remove(key)))
                    FAIL("an object was lost: ", key);
            }
        });
    for (auto& thread : threads)
        thread.join();
    CHECK(keys(store, "").empty());
}

} // namespace

void put_object(ObjectStore& store, ObjectKey key, std::string_view content)
{
    auto writer = run(store.create(std::move(key)));
    run(writer->write(bytes_of(content)));
    run(writer->finish());
}

std::vector<ObjectKey> unfinished_of(ObjectStore& store)
{
    std::vector<ObjectKey> keys;
    auto note = [&keys](const ObjectKey& key) -> Task<> {
        keys.push_back(key);
        co_return;
    };
    run(store.list_unfinished("", note));
    return keys;
}

std::optional<std::string> get_object(ObjectStore& store, ObjectKey key)
{
    auto source = run(store.open(std::move(key)));
    return source ? std::optional(read_all(*source)) : std::nullopt;
}

void check_object_store_contract(ObjectStore& store)
{
    SUBCASE("an object comes back as it was written")
    {
        check_an_object_comes_back(store);
    }
    SUBCASE("an empty object is an object")
    {
        put_object(store, "videos/empty", "");
        CHECK(get_object(store, "videos/empty") == "");
    }
    SUBCASE("an unfinished object is not there")
    {
        check_unfinished_objects_are_not_there(store);
    }
    SUBCASE("an object is never replaced")
    {
        check_objects_are_never_replaced(store);
    }
    SUBCASE("what is removed is gone")
    {
        check_removal(store);
    }
    SUBCASE("lists go by prefix")
    {
        check_lists(store);
    }
    SUBCASE("a malformed key is refused")
    {
        check_malformed_keys(store);
    }
    SUBCASE("several loops at once")
    {
        check_many_at_once(store);
    }
}

} // namespace vitrina
