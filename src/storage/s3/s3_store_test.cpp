#include "storage/s3/s3_store.hpp"

#include "core/errors.hpp"
#include "storage/object_links.hpp"
#include "storage/s3/fake_s3.hpp"
#include "storage/s3/s3_store_testing.hpp"
#include "unit/child.hpp"
#include "unit/run.hpp"

#include <atomic>
#include <doctest/doctest.h>
#include <thread>

using namespace vitrina;
using testing::eventually;
using testing::FakeS3;
using namespace vitrina::s3_testing;
using Trouble = FakeS3::Trouble;

namespace {

S3StoreOptions options_of(const FakeS3& fake)
{
    return options_for(fake.endpoint(), FakeS3::bucket, FakeS3::access_key, FakeS3::secret_key);
}

} // namespace

TEST_CASE("s3 store: the object store contract")
{
    FakeS3 fake;
    fake.page = 100;
    const auto store = open_s3_store(options_of(fake));
    check_object_store_contract(*store);
}

TEST_CASE("s3 store: a large object goes in equal parts, a few at a time, and comes back by ranges")
{
    FakeS3 fake;
    fake.part_takes = std::chrono::milliseconds(800); // longer than filling one takes on a busy machine
    const auto store = open_s3_store(options_of(fake));
    const std::string content = content_of(5 * part + 12345);
    put_in_pieces(*store, content);
    auto sizes = fake.part_sizes();
    std::ranges::sort(sizes);
    CHECK(sizes == std::vector<std::size_t>{12345, part, part, part, part, part});
    CHECK(fake.most_parts <= 3);
    CHECK(fake.most_parts >= 2);
    CHECK(fake.requests("put") == 0);
    CHECK(fake.unfinished() == 0);
    CHECK((get_object(*store, key) == content));
    CHECK(run(store->find(key))->size == content.size());

    const auto source = run(store->open(key));
    CHECK(source->descriptor() == -1);
    for (const std::size_t at : {3 * part, std::size_t(0), content.size() - 7, std::size_t(70'000)}) {
        std::string piece(1000, '\0');
        const std::size_t n = run(source->read(at, std::as_writable_bytes(std::span(piece))));
        CHECK(n >= 1);
        CHECK((piece.substr(0, n) == content.substr(at, n)));
    }
}

TEST_CASE("s3 store: a small object is one request")
{
    FakeS3 fake;
    const auto store = open_s3_store(options_of(fake));
    put_object(*store, key, "cats");
    CHECK(fake.requests("put") == 1);
    CHECK(fake.requests("begin") == 0);
}

TEST_CASE("s3 store: passing trouble is tried through")
{
    FakeS3 fake;
    const auto store = open_s3_store(options_of(fake));
    const std::string content = content_of(2 * part + 1);
    for (const Trouble fault : {Trouble::slow_down, Trouble::internal, Trouble::reset, Trouble::lost}) {
        CAPTURE(int(fault));
        for (const char* kind : {"put", "get", "head", "delete", "list", "part", "complete", "abort", "uploads"})
            fake.fail(kind, fault, 2);
        put_in_pieces(*store, content);
        CHECK((get_object(*store, key) == content));
        CHECK(run(store->remove(key)));
        put_object(*store, key, "cats");
        CHECK(get_object(*store, key) == "cats");
        remove_all(*store);
        CHECK_FALSE(run(store->find(key)));
        fake.mend();
    }
    CHECK(fake.unfinished() == 0);
}

TEST_CASE("s3 store: lasting trouble is Unavailable, and nothing is left")
{
    FakeS3 fake;
    const auto store = open_s3_store(options_of(fake));
    const std::string content = content_of(2 * part + 1);
    for (const char* kind : {"begin", "part", "complete"})
        for (const Trouble fault :
             {Trouble::slow_down, Trouble::reset, Trouble::denied, Trouble::rubbish, Trouble::error_200}) {
            CAPTURE(kind);
            CAPTURE(int(fault));
            fake.fail(kind, fault, 100);
            CHECK_THROWS_AS(put_in_pieces(*store, content), Unavailable);
            fake.mend();
            CHECK(eventually([&] { return fake.unfinished() == 0; }));
            CHECK_FALSE(run(store->find(key)));
        }
    for (const char* kind : {"put", "head"}) {
        fake.fail(kind, Trouble::slow_down, 100);
        CHECK_THROWS_AS(put_object(*store, key, "cats"), Unavailable);
        fake.mend();
    }
    CHECK_FALSE(run(store->find(key)));
}

TEST_CASE("s3 store: the beginning of an upload is never repeated blindly; what it left goes with the key")
{
    FakeS3 fake;
    const auto store = open_s3_store(options_of(fake));
    const std::string content = content_of(part + 1);
    fake.fail("begin", Trouble::lost);
    CHECK_THROWS_AS(put_in_pieces(*store, content), Unavailable);
    CHECK(fake.requests("begin") == 1);
    CHECK(fake.unfinished() == 1);
    CHECK((unfinished_of(*store) == std::vector<ObjectKey>{key}));
    CHECK_FALSE(run(store->remove(key)));
    CHECK(fake.unfinished() == 0);
    CHECK(unfinished_of(*store).empty());
    fake.fail("begin", Trouble::slow_down); // certainly not begun
    put_in_pieces(*store, content);
    CHECK((get_object(*store, key) == content));
}

TEST_CASE("s3 store: a dropped writer's parts are removed")
{
    FakeS3 fake;
    const std::string content = content_of(3 * part);
    {
        const auto store = open_s3_store(options_of(fake));
        auto writer = run(store->create(key));
        run(writer->write(std::as_bytes(std::span(content))));
        CHECK(fake.unfinished() == 1);
    } // the end waits for it
    CHECK(fake.unfinished() == 0);
}

TEST_CASE("s3 store: the end does not wait for ever for a store that hangs")
{
    FakeS3 fake;
    fake.part_takes = std::chrono::seconds(6);
    S3StoreOptions options = options_of(fake);
    options.end_patience = std::chrono::milliseconds(20);
    const auto began = std::chrono::steady_clock::now();
    {
        const std::string content = content_of(part);
        const auto store = open_s3_store(options);
        auto writer = run(store->create(key));
        run(writer->write(std::as_bytes(std::span(content))));
    }
    CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds(5));
}

TEST_CASE("s3 store: bodies prove themselves by SHA-256, under TLS by MD5")
{
    const S3Body plain = make_s3_body("Welcome to Amazon S3.", S3Proof::sha256);
    CHECK(plain.sha256 == "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072");
    CHECK(plain.md5.empty());
    const S3Body covered = make_s3_body("abc", S3Proof::md5);
    CHECK(covered.sha256.empty());
    CHECK(covered.md5 == "kAFQmDzST7DWlj99KOF/cg==");
}

TEST_CASE("s3 store: a 200 that holds an error is no completion")
{
    FakeS3 fake;
    const auto store = open_s3_store(options_of(fake));
    const std::string content = content_of(part + 1);
    fake.fail("complete", Trouble::error_200);
    put_in_pieces(*store, content);
    CHECK(fake.requests("complete") == 2);
    CHECK((get_object(*store, key) == content));
}

TEST_CASE("s3 store: a lost answer is settled by looking, and another's object is never taken for ours")
{
    FakeS3 fake;
    const auto store = open_s3_store(options_of(fake));
    const std::string content = content_of(part + 1);
    fake.fail("complete", Trouble::lost);
    put_in_pieces(*store, content);
    CHECK(fake.requests("complete") == 1);
    CHECK(run(store->remove(key)));

    fake.fail("put", Trouble::lost);
    put_object(*store, key, "cats");
    CHECK(fake.requests("put") == 2);
    CHECK(run(store->remove(key)));

    // Somebody writes the key between our look and our request.
    auto writer = run(store->create(key));
    run(writer->write(std::as_bytes(std::span(content))));
    fake.put_behind_our_back("videos/1/b.mp4", "x");
    fake.fail("complete", Trouble::reset);
    fake.fail("head", Trouble::lost, 1);
    fake.put_behind_our_back(key, "theirs");
    CHECK_THROWS_AS(run(writer->finish()), std::logic_error);
    writer.reset();
    CHECK(get_object(*store, key) == "theirs");
}

TEST_CASE("s3 store: objects are not replaced in stores that know no conditions either")
{
    FakeS3 fake;
    const std::string content = content_of(part + 1);
    for (const auto condition : {FakeS3::Condition::honoured, FakeS3::Condition::ignored, FakeS3::Condition::refused,
                                 FakeS3::Condition::refused_as_bad}) {
        CAPTURE(int(condition));
        const auto store = open_s3_store(options_of(fake));
        fake.condition = condition;
        put_object(*store, "videos/1/small", "first");
        CHECK_THROWS_AS(put_object(*store, "videos/1/small", "second"), std::logic_error);
        CHECK(get_object(*store, "videos/1/small") == "first");
        put_in_pieces(*store, content);
        CHECK_THROWS_AS(put_in_pieces(*store, content_of(part + 9)), std::logic_error);
        CHECK((get_object(*store, key) == content));
        remove_all(*store);
    }
}

TEST_CASE("s3 store: many uploads at once learn together that there are no conditional writes")
{
    FakeS3 fake;
    fake.condition = FakeS3::Condition::refused;
    const auto store = open_s3_store(options_of(fake));
    std::vector<std::thread> threads;
    std::atomic<int> kept = 0;
    for (int i = 0; i < 8; ++i)
        threads.emplace_back([&, i] {
            put_object(*store, "videos/1/" + std::to_string(i), "cats");
            ++kept;
        });
    for (std::thread& thread : threads)
        thread.join();
    CHECK(kept == 8);
    CHECK(fake.keys().size() == 8);
}

TEST_CASE("s3 store: a part without an ETag cannot be completed")
{
    FakeS3 fake;
    const auto store = open_s3_store(options_of(fake));
    fake.fail("part", Trouble::no_tag);
    CHECK_THROWS_AS(put_in_pieces(*store, content_of(part + 1)), Unavailable);
    CHECK(eventually([&] { return fake.unfinished() == 0; }));
}

TEST_CASE("s3 store: bytes that are missing or not those asked for are never handed on")
{
    FakeS3 fake;
    const auto store = open_s3_store(options_of(fake));
    const std::string content = content_of(3'000'000);
    put_object(*store, key, content);
    fake.fail("get", Trouble::short_body, 3);
    CHECK((get_object(*store, key) == content));
    fake.fail("get", Trouble::short_body, 100);
    CHECK_THROWS_AS(get_object(*store, key), Unavailable);
    fake.mend();
    fake.fail("get", Trouble::wrong_range, 100);
    CHECK_THROWS_AS(get_object(*store, key), Unavailable);
    fake.mend();

    const auto source = run(store->open(key));
    run(store->remove(key));
    std::string piece(1000, '\0');
    CHECK_THROWS_AS(run(source->read(2'000'000, std::as_writable_bytes(std::span(piece)))), Unavailable);
}

TEST_CASE("s3 store: a store without room is StorageFull")
{
    FakeS3 fake;
    const auto store = open_s3_store(options_of(fake));
    for (const Trouble fault : {Trouble::full, Trouble::quota}) {
        fake.fail("put", fault);
        CHECK_THROWS_AS(put_object(*store, key, "cats"), StorageFull);
        fake.fail("part", fault);
        CHECK_THROWS_AS(put_in_pieces(*store, content_of(part + 1)), StorageFull);
        CHECK(eventually([&] { return fake.unfinished() == 0; }));
    }
    put_object(*store, key, "cats"); // and works again when there is room
}

namespace {

class WrongClock final : public Clock {
public:
    explicit WrongClock(std::chrono::seconds by) : by_(by) {}
    Instant now() const override { return SystemClock().now() + by_; }

private:
    std::chrono::seconds by_;
};

} // namespace

TEST_CASE("s3 store: a clock that is wrong is corrected by the store's")
{
    FakeS3 fake;
    for (const int hours : {-5, 30}) {
        const WrongClock clock{std::chrono::hours(hours)};
        S3StoreOptions options = options_of(fake);
        options.clock = &clock;
        const auto store = open_s3_store(options); // learns it from a HEAD, which has no body
        put_object(*store, key, "cats");
        CHECK(get_object(*store, key) == "cats");
        CHECK(run(store->remove(key)));
    }
}

TEST_CASE("s3 store: what the store refuses is said at the start, without a secret")
{
    FakeS3 fake;
    S3StoreOptions wrong = options_of(fake);
    wrong.client.credentials = fixed_aws_credentials(FakeS3::access_key, Secret("not the secret"));
    const std::string text = what_is_thrown([&] { open_s3_store(wrong); });
    CHECK(text.find("AWS_SECRET_ACCESS_KEY") != text.npos);
    CHECK(text.find("not the secret") == text.npos);
    CHECK(text.find("Signature") == text.npos);

    S3StoreOptions elsewhere = options_of(fake);
    elsewhere.client.address.bucket = "other-bucket";
    CHECK(what_is_thrown([&] { open_s3_store(elsewhere); }).find("other-bucket") != text.npos);

    S3StoreOptions small = options_of(fake);
    small.part = 1024;
    CHECK_THROWS_AS(open_s3_store(small), Unavailable);
}

TEST_CASE("s3 store: each refusal names the setting to change")
{
    FakeS3 fake;
    const auto said = [&](const std::function<void(S3StoreOptions&)>& change, std::optional<Trouble> trouble = {}) {
        S3StoreOptions options = options_of(fake);
        change(options);
        if (trouble)
            fake.fail("list", *trouble, 2);
        const std::string text = what_is_thrown([&] { open_s3_store(options); });
        fake.mend();
        return text;
    };
    const auto as_it_is = [](S3StoreOptions&) {};
    const auto has = [](const std::string& text, std::string_view words) { return text.find(words) != text.npos; };

    CHECK(has(said([](S3StoreOptions& o) { use_keys(o, "NOBODY", FakeS3::secret_key); }), "AWS_ACCESS_KEY_ID"));
    CHECK(has(said([](S3StoreOptions& o) { use_keys(o, FakeS3::access_key, "x"); }), "AWS_SECRET_ACCESS_KEY"));
    CHECK(has(said([](S3StoreOptions& o) { o.client.address.bucket = "missing"; }), "S3_BUCKET_NAME"));
    CHECK(has(said(as_it_is, Trouble::elsewhere), "set AWS_REGION to eu-west-1 (it is us-east-1)"));
    CHECK(has(said(as_it_is, Trouble::malformed), "set AWS_REGION to eu-west-1"));
    CHECK(has(said(as_it_is, Trouble::skewed), "set the clock"));
    CHECK(has(said(as_it_is, Trouble::page), "no S3 store"));
    CHECK(has(said(as_it_is, Trouble::page), "VITRINA_S3_ENDPOINT"));
    CHECK(has(said(as_it_is, Trouble::denied), "s3:ListBucket"));
    CHECK(has(said([](S3StoreOptions& o) { o.memory = o.part - 1; }), "VITRINA_S3_MEMORY"));
    CHECK(said(as_it_is).empty());
}

TEST_CASE("s3 store: links lead to the object, to be shown as it was asked for, and to nothing else")
{
    FakeS3 fake;
    S3StoreOptions options = options_of(fake);
    const auto store = open_s3_store(options);
    put_object(*store, key, "cats");
    auto& links = dynamic_cast<ObjectLinks&>(*store);
    const ObjectLink wanted{.key = key, .type = "video/mp4", .disposition = "inline; filename*=UTF-8''a%20b.mp4"};
    const std::string url = run(links.link(wanted)).url;
    const auto fetch = [](const std::string& from, Method method = Method::get) {
        OutboundRequest request;
        request.method = method;
        request.url = from;
        request.reach = Reach::operator_named;
        return std::get<OutboundReply>(Outbound({}).fetch(request));
    };
    const OutboundReply shown = fetch(url);
    CHECK(shown.status == 200);
    CHECK(shown.body == "cats");
    CHECK(shown.headers.get("Content-Type") == "video/mp4");
    CHECK(shown.headers.get("Content-Disposition") == wanted.disposition);
    CHECK(fetch(url, Method::head).status == 403); // it is good for GET
    ObjectLink looked_at = wanted;
    looked_at.method = Method::head;
    CHECK(fetch(run(links.link(looked_at)).url, Method::head).status == 200);
    std::string other = url;
    other.replace(other.find("a.mp4"), 5, "b.mp4");
    CHECK(fetch(other).status == 403);
    CHECK(url.find(FakeS3::secret_key) == url.npos);
    ObjectLink malformed = wanted;
    malformed.key = "../x";
    CHECK_THROWS_AS(run(links.link(malformed)), std::invalid_argument);

    options.links_at = parse_s3_alias("https://Media.example.org:443/", options.client.address);
    const auto public_store = open_s3_store(options);
    const std::string at = run(dynamic_cast<ObjectLinks&>(*public_store).link(wanted)).url;
    CHECK(at.starts_with("https://media.example.org/fake-bucket/videos/1/a.mp4?"));
    CHECK_THROWS_AS(parse_s3_alias("https://media.example.org/path", options.client.address), Unavailable);
}

TEST_CASE("s3 store: many uploads at once stay within the memory that is theirs")
{
    FakeS3 fake;
    fake.part_takes = std::chrono::milliseconds(5);
    S3StoreOptions options = options_of(fake);
    options.memory = 2 * part;
    const auto store = open_s3_store(options);
    const std::string content = content_of(2 * part + 100);
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i)
        threads.emplace_back([&, i] {
            const std::string name = "videos/1/" + std::to_string(i);
            auto writer = run(store->create(name));
            for (std::size_t at = 0; at < content.size(); at += 300'000)
                run(writer->write(std::as_bytes(std::span(content))
                                      .subspan(at, std::min<std::size_t>(300'000, content.size() - at))));
            run(writer->finish());
        });
    for (std::thread& thread : threads)
        thread.join();
    for (int i = 0; i < 8; ++i)
        CHECK((get_object(*store, "videos/1/" + std::to_string(i)) == content));
    CHECK(fake.most_parts <= 2);
}

TEST_CASE("s3 store: a store that is away is not in the way of the start")
{
    const auto store = open_s3_store(options_for("http://127.0.0.1:1", "bucket", "key", "very secret"));
    CHECK_THROWS_AS(run(store->find(key)), Unavailable);
    CHECK_THROWS_AS(run(store->open(key)), Unavailable);
    CHECK_THROWS_AS(put_object(*store, key, "cats"), Unavailable);
    CHECK(what_is_thrown([&] { run(store->find(key)); }).find("secret") == std::string::npos);
    CHECK_FALSE(store->free_bytes());
}

TEST_CASE("s3 store: lists that cannot be read are no lists")
{
    FakeS3 fake;
    const auto store = open_s3_store(options_of(fake));
    fake.put_behind_our_back("not ours/&<>.mp4", "x");
    put_object(*store, key, "cats");
    std::vector<std::string> found;
    auto note = [&](const ObjectInfo& object) -> Task<> {
        found.push_back(object.key);
        co_return;
    };
    run(store->list("", note));
    CHECK(found == std::vector<std::string>{key}); // what could not be ours is not shown
    fake.fail("list", Trouble::rubbish);
    CHECK_THROWS_AS(run(store->list("", note)), Unavailable);
    fake.fail("list", Trouble::error_200);
    CHECK_THROWS_AS(run(store->list("", note)), Unavailable);
    fake.fail("uploads", Trouble::rubbish);
    CHECK_THROWS_AS(run(store->remove(key)), Unavailable);
}

TEST_CASE("s3 store: a player gets its ranges through the server")
{
    FakeS3 fake;
    auto store = open_s3_store(options_of(fake));
    const std::string content = content_of(2'000'000);
    put_object(*store, key, content);
    const Handler play = [&](const Request&) -> Task<Response> {
        Content video;
        video.source = co_await store->open(key);
        video.type = "video/mp4";
        Response response;
        response.body = std::move(video);
        co_return response;
    };
    const testing::TestServer server({testing::route(Method::get, "/video", play)});
    const auto get = [&](const std::string& range) {
        const std::string whole =
            server.says("GET /video HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + range + "\r\n");
        return whole.substr(std::min(whole.find("\r\n\r\n"), whole.size() - 4) + 4);
    };
    CHECK((get("") == content));
    CHECK((get("Range: bytes=1500000-1999999\r\n") == content.substr(1'500'000)));
    CHECK((get("Range: bytes=-5\r\n") == content.substr(1'999'995)));
    store.reset(); // before the server's loops, which its own still hands results to
}

namespace {

// A session that ends when the test says so.
class Sessions final : public AwsCredentialSource {
public:
    Task<AwsCredentials> fetch() override
    {
        if (away)
            throw Unavailable("the endpoint of credentials is away");
        const std::lock_guard lock(mutex_);
        co_return now_;
    }
    void begin(const std::string& access_key, const std::string& token)
    {
        const std::lock_guard lock(mutex_);
        now_ = {access_key, Secret(FakeS3::secret_key), Secret(token), {}};
    }
    std::atomic<bool> away = false;

private:
    std::mutex mutex_;
    AwsCredentials now_{FakeS3::access_key, Secret(FakeS3::secret_key), {}, {}};
};

} // namespace

TEST_CASE("s3 store: when a session ends the next one is taken, and nothing fails")
{
    FakeS3 fake;
    auto made = std::make_unique<Sessions>();
    Sessions& sessions = *made;
    S3StoreOptions options = options_of(fake);
    options.client.credentials = std::make_shared<AwsCredentialProvider>(std::move(made));
    const auto store = open_s3_store(options);
    put_object(*store, "videos/1/a.mp4", "cats");

    sessions.begin("SECOND", "token/+=");
    fake.exchange_keys("SECOND", FakeS3::secret_key, "token/+=");
    CHECK(get_object(*store, "videos/1/a.mp4") == "cats"); // begins with a HEAD, whose refusal says nothing
    put_object(*store, "videos/1/b.mp4", "dogs");
    CHECK(get_object(*store, "videos/1/b.mp4") == "dogs");
}

TEST_CASE("s3 store: credentials that cannot be had just now are waited for, and a start does without")
{
    FakeS3 fake;
    auto made = std::make_unique<Sessions>();
    Sessions& sessions = *made;
    sessions.away = true;
    S3StoreOptions options = options_of(fake);
    options.client.credentials = std::make_shared<AwsCredentialProvider>(std::move(made));
    const auto store = open_s3_store(options);
    CHECK(what_is_thrown([&] { run(store->find(key)); }).find("endpoint of credentials") != std::string::npos);
    CHECK(fake.requests("head") == 0); // nothing was sent unsigned
}

TEST_CASE("s3 store: new objects are kept as the settings say, small and large")
{
    FakeS3 fake;
    S3StoreOptions options = options_of(fake);
    options.client.for_new_objects.add("x-amz-server-side-encryption", "aws:kms");
    options.client.for_new_objects.add("x-amz-server-side-encryption-aws-kms-key-id", "alias/videos");
    options.client.for_new_objects.add("x-amz-storage-class", "STANDARD_IA");
    const auto store = open_s3_store(options);
    put_object(*store, "videos/1/small.mp4", "cats");
    CHECK(fake.kept_as() == "aws:kms alias/videos STANDARD_IA");
    const auto plain = open_s3_store(options_of(fake));
    put_object(*plain, "videos/1/plain.mp4", "cats");
    CHECK(fake.kept_as() == "  ");
    put_in_pieces(*store, content_of(2 * part));
    CHECK(fake.kept_as() == "aws:kms alias/videos STANDARD_IA");
}

#ifdef VITRINA_FAIL_POINTS

namespace {

// The store must outlive those who are killed, and who forks must have no threads.
class FakeInAnotherProcess {
public:
    FakeInAnotherProcess()
    {
        int ends[2];
        REQUIRE(::pipe(ends) == 0);
        child_ = start_child([&] {
            const FakeS3 fake;
            const std::string endpoint = fake.endpoint();
            if (::write(ends[1], endpoint.data(), endpoint.size()) < 0)
                return 1;
            while (true)
                ::pause();
        });
        char text[100];
        const ssize_t size = ::read(ends[0], text, sizeof text);
        REQUIRE(size > 0);
        endpoint_.assign(text, std::size_t(size));
        ::close(ends[0]);
        ::close(ends[1]);
    }
    ~FakeInAnotherProcess()
    {
        ::kill(child_, SIGKILL);
        end_of(child_);
    }
    FakeInAnotherProcess(const FakeInAnotherProcess&) = delete;
    FakeInAnotherProcess& operator=(const FakeInAnotherProcess&) = delete;

    std::unique_ptr<ObjectStore> open() const
    {
        return open_s3_store(options_for(endpoint_, FakeS3::bucket, FakeS3::access_key, FakeS3::secret_key));
    }
    std::string unfinished() const
    {
        OutboundRequest request;
        request.url = endpoint_ + "/unfinished";
        request.reach = Reach::operator_named;
        return std::get<OutboundReply>(Outbound({}).fetch(request)).body;
    }

private:
    pid_t child_;
    std::string endpoint_;
};

} // namespace

TEST_CASE("fault.U1 s3 store: killed anywhere while writing, an object is whole or not there, and its remains go with "
          "its key")
{
    const FakeInAnotherProcess fake;
    for (const std::size_t size : {std::size_t(100), 2 * part + 1}) {
        const std::string content = content_of(size);
        const int kills = kill_everywhere([&] { put_in_pieces(*fake.open(), content); }, [&](bool killed) {
            const auto store = fake.open();
            const auto found = get_object(*store, key);
            CHECK((!found || *found == content));
            CHECK((killed || found));
            run(store->remove(key));
            CHECK(fake.unfinished() == "0");
        });
        CHECK(kills >= (size > part ? 9 : 2)); // begun, three parts before and after, complete before and after
    }
}

TEST_CASE("fault.S4 s3 store: killed anywhere while removing, a second removal converges")
{
    const FakeInAnotherProcess fake;
    put_object(*fake.open(), key, "cats");
    const int kills = kill_everywhere([&] { run(fake.open()->remove(key)); }, [&](bool) {
        const auto store = fake.open();
        const auto content = get_object(*store, key);
        CHECK((!content || *content == "cats"));
        run(store->remove(key));
        CHECK_FALSE(run(store->find(key)));
        put_object(*store, key, "cats");
    });
    CHECK(kills >= 2);
}

#endif
