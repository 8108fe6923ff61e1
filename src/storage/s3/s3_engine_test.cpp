#include "core/errors.hpp"
#include "storage/s3/s3_store_testing.hpp"

#include <cstdlib>
#include <doctest/doctest.h>
#include <fstream>

using namespace vitrina;
using namespace vitrina::s3_testing;

namespace {

// The store that ./dev test starts (tests/engines/s3).
class RealS3 {
public:
    static bool is_there() { return std::getenv("VITRINA_TEST_S3") != nullptr; }

    enum class Style { path, host };

    S3StoreOptions options(const std::string& scheme, Style style, const std::string& bucket = "vitrina-test") const
    {
        const std::string endpoint = told(scheme);
        const std::string port = endpoint.substr(endpoint.rfind(':') + 1);
        S3StoreOptions made;
        made.part = part;
        made.client.credentials = fixed_aws_credentials(told("access-key"), Secret(told("secret-key")));
        made.client.outbound.ca_file = place_ + "/ca.pem";
        const std::string named = scheme + "://s3.localhost:" + port;
        made.client.address = parse_s3_address(style == Style::path ? endpoint : named, bucket, style == Style::path);
        if (style == Style::host) // no name server knows it
            made.client.outbound.connect_to = {bucket + ".s3.localhost:" + port + ":127.0.0.1:" + port};
        return made;
    }

    void make_bucket() const
    {
        const SystemClock clock;
        S3Client client(options("http", Style::path).client, clock);
        const S3Call call{.method = Method::put};
        const S3Answer answer = run(client.send(call));
        REQUIRE(answer.status == 200);
    }

private:
    std::string told(const std::string& what) const
    {
        std::ifstream file(place_ + '/' + what);
        std::string line;
        REQUIRE(std::getline(file, line));
        return line;
    }

    const std::string place_ = std::getenv("VITRINA_TEST_S3");
};

using Style = RealS3::Style;

void check_large_objects(ObjectStore& store)
{
    const std::string content = content_of(3 * part + 12345);
    put_in_pieces(store, content);
    CHECK((get_object(store, key) == content));
    CHECK(run(store.find(key))->size == content.size());
    CHECK_THROWS_AS(put_in_pieces(store, content), std::logic_error);
    CHECK(run(store.remove(key)));
    {
        auto writer = run(store.create(key));
        run(writer->write(std::as_bytes(std::span(content))));
    } // dropped
    CHECK_FALSE(run(store.remove(key)));
    CHECK_FALSE(run(store.find(key)));
}

} // namespace

TEST_CASE("s3 store on a real engine: the object store contract" * doctest::skip(!RealS3::is_there()))
{
    const RealS3 engine;
    engine.make_bucket();
    const auto store = open_s3_store(engine.options("http", Style::path));
    check_object_store_contract(*store);
    remove_all(*store);
}

TEST_CASE("s3 store on a real engine: encrypted or not, the bucket in the path or before the host" *
          doctest::skip(!RealS3::is_there()))
{
    const RealS3 engine;
    engine.make_bucket();
    for (const std::string scheme : {"http", "https"})
        for (const Style style : {Style::path, Style::host}) {
            CAPTURE(scheme);
            CAPTURE(int(style));
            const auto store = open_s3_store(engine.options(scheme, style));
            put_object(*store, "videos/1/small", "cats");
            CHECK_THROWS_AS(put_object(*store, "videos/1/small", "dogs"), std::logic_error);
            CHECK(get_object(*store, "videos/1/small") == "cats");
            put_object(*store, "videos/1/empty", "");
            CHECK(get_object(*store, "videos/1/empty") == "");
            check_large_objects(*store);
            remove_all(*store);
            CHECK_FALSE(get_object(*store, "videos/1/small"));
        }
}

TEST_CASE("s3 store on a real engine: what it refuses is said at the start" * doctest::skip(!RealS3::is_there()))
{
    const RealS3 engine;
    engine.make_bucket();
    S3StoreOptions wrong = engine.options("http", Style::path);
    const AwsCredentials right = run(wrong.client.credentials->get());
    wrong.client.credentials = fixed_aws_credentials(right.access_key, Secret("wrong"));
    CHECK_THROWS_AS(open_s3_store(wrong), Unavailable);
    CHECK_THROWS_AS(open_s3_store(engine.options("http", Style::path, "no-such-bucket")), Unavailable);
}
