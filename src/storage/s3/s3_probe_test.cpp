#include "storage/s3/s3_probe.hpp"

#include "storage/s3/fake_s3.hpp"
#include "storage/s3/s3_store_testing.hpp"

#include <doctest/doctest.h>
#include <set>

using namespace vitrina;
using namespace vitrina::s3_testing;
using testing::FakeS3;
using State = StoreFinding::State;
using Trouble = FakeS3::Trouble;
using Can = StoreAbility;

namespace {

S3ClientOptions client_of(const FakeS3& fake)
{
    return options_for(fake.endpoint(), FakeS3::bucket, FakeS3::access_key, FakeS3::secret_key).client;
}

const StoreFinding& finding(const StoreReport& report, StoreAbility ability)
{
    const auto found = std::ranges::find(report, ability, &StoreFinding::ability);
    REQUIRE(found != report.end());
    return *found;
}

std::set<StoreAbility> not_good(const StoreReport& report)
{
    std::set<StoreAbility> found;
    for (const StoreFinding& one : report)
        if (one.state != State::good)
            found.insert(one.ability);
    return found;
}

} // namespace

TEST_CASE("probe: a store that can do everything, and nothing is left in it")
{
    FakeS3 fake;
    fake.put_behind_our_back("videos/1/a.mp4", "somebody's");
    fake.put_behind_our_back("vitrina-probe/1000-abc/object", "a probe that was killed");
    const StoreReport report = probe_s3(client_of(fake));
    CHECK(not_good(report).empty());
    CHECK(report.size() == std::size_t(Can::lifecycle) + 1);
    for (const StoreFinding& one : report) {
        CAPTURE(id_of(one.ability));
        CHECK(one.has == (one.ability != Can::versions && one.ability != Can::lifecycle));
    }
    CHECK(fake.keys() == std::vector<std::string>{"videos/1/a.mp4"});
    CHECK(fake.unfinished() == 0);
}

TEST_CASE("probe: what a store lacks is found, and is trouble only where it is needed")
{
    FakeS3 fake;
    for (const auto condition :
         {FakeS3::Condition::ignored, FakeS3::Condition::refused, FakeS3::Condition::refused_as_bad}) {
        fake.condition = condition;
        const StoreReport report = probe_s3(client_of(fake));
        CHECK_FALSE(finding(report, Can::conditional_put).has);
        CHECK_FALSE(finding(report, Can::conditional_complete).has);
        CHECK(not_good(report).empty());
        CHECK(fake.keys().empty());
        CHECK(fake.unfinished() == 0);
    }
    fake.condition = FakeS3::Condition::honoured;
    fake.equal_parts_only = true;
    CHECK_FALSE(finding(probe_s3(client_of(fake)), Can::uneven_parts).has);
    fake.checks_bodies = false;
    fake.keeps_versions = true;
    fake.removes_objects = true;
    CHECK(not_good(probe_s3(client_of(fake))) == std::set{Can::damage_refused, Can::versions, Can::lifecycle});
    fake.checks_links = false;
    CHECK(finding(probe_s3(client_of(fake)), Can::presigned).state == State::bad);
}

TEST_CASE("probe: what a key may not do is said, and the rest is tried")
{
    FakeS3 fake;
    for (const auto& [kind, ability] : {std::pair("put", Can::write), std::pair("get", Can::read),
                                        std::pair("begin", Can::multipart), std::pair("uploads", Can::list_uploads),
                                        std::pair("abort", Can::abort_upload), std::pair("delete", Can::remove)}) {
        CAPTURE(kind);
        fake.fail(kind, Trouble::denied, 100);
        CHECK(finding(probe_s3(client_of(fake)), ability).state == State::bad);
        fake.mend();
    }
    CHECK(not_good(probe_s3(client_of(fake))).empty());
    for (const std::string& left : fake.keys()) // by the one that could not remove
        CHECK(left.starts_with("vitrina-probe/"));
}

TEST_CASE("probe: a store that cannot be used is asked no more")
{
    FakeS3 fake;
    S3ClientOptions stranger =
        options_for(fake.endpoint(), FakeS3::bucket, FakeS3::access_key, "not the secret").client;
    const StoreReport refused = probe_s3(stranger);
    CHECK(not_good(refused) == std::set{Can::access});
    CHECK(finding(refused, Can::access).detail.find("AWS_SECRET_ACCESS_KEY") != std::string::npos);
    CHECK(fake.requests("put") == 0);

    const StoreReport away = probe_s3(options_for("http://127.0.0.1:1", "bucket", "key", "secret").client);
    REQUIRE(away.size() == 1);
    CHECK(away.front().ability == Can::reachable);
    CHECK(away.front().detail.find("VITRINA_S3_ENDPOINT") != std::string::npos);
    const std::string secure = "https" + fake.endpoint().substr(4);
    const StoreReport no_tls = probe_s3(options_for(secure, FakeS3::bucket, "key", "secret").client);
    CHECK(finding(no_tls, Can::reachable).detail.find("http://") != std::string::npos);
}
