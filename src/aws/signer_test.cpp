#include "aws/signer.hpp"

#include <doctest/doctest.h>

using namespace vitrina;

namespace {

const Instant noon = parse_iso_time("2026-03-01T12:00:00Z").value();

AwsCredentials session()
{
    return {"ASIAEXAMPLE", Secret("wJalrXUtnFEMI"), Secret("token/+=="), {}};
}

SigV4Request get_object()
{
    SigV4Request request{.method = "GET", .path = "/videos/1.mp4", .payload = std::string(unsigned_payload)};
    request.headers.add("Host", "bucket.s3.eu-west-1.amazonaws.com");
    return request;
}

// What anybody who knows the secret makes of a request that carries these headers.
std::string expected(SigV4Request request, const Headers& carried, const AwsCredentials& by, Instant when)
{
    for (const Header& header : carried)
        if (header.name != "Authorization")
            request.headers.add(header.name, header.value);
    const SigV4Scope scope{when, "eu-west-1", "s3"};
    return authorization(request, scope, by.access_key, signing_key(by.secret_key, scope));
}

} // namespace

TEST_CASE("aws signer: a session's token is sent and signed, permanent keys have none")
{
    AwsSigner signer("eu-west-1", "s3");
    const Headers carried = signer.sign(get_object(), session(), noon);
    CHECK(carried.get("x-amz-security-token") == "token/+==");
    CHECK(carried.get("Authorization").find("host;x-amz-date;x-amz-security-token,") != std::string_view::npos);
    CHECK(carried.get("Authorization") == expected(get_object(), carried, session(), noon));

    AwsCredentials permanent = session();
    permanent.session_token = Secret();
    CHECK_FALSE(signer.sign(get_object(), permanent, noon).find("x-amz-security-token"));
}

TEST_CASE("aws signer: the key it keeps is that of the day and of the credentials")
{
    AwsSigner signer("eu-west-1", "s3");
    AwsCredentials next = session();
    next.access_key = "ASIANEXT";
    next.secret_key = Secret("another secret");
    for (const Instant when : {noon, noon + std::chrono::hours(12), noon})
        for (const AwsCredentials& by : {session(), next, session()}) {
            const Headers carried = signer.sign(get_object(), by, when);
            CHECK(carried.get("Authorization") == expected(get_object(), carried, by, when));
        }
}

TEST_CASE("aws signer: a presigned URL has the session's token in its signed query")
{
    AwsSigner signer("eu-west-1", "s3");
    const std::string query = signer.presign(get_object(), session(), noon, std::chrono::seconds(900));
    CHECK(query.find("X-Amz-Security-Token=token%2F%2B%3D%3D&") != query.npos);
    SigV4Request again = get_object();
    again.query = {
        {"X-Amz-Algorithm", "AWS4-HMAC-SHA256"}, {"X-Amz-Credential", "ASIAEXAMPLE/20260301/eu-west-1/s3/aws4_request"},
        {"X-Amz-Date", "20260301T120000Z"},      {"X-Amz-Expires", "900"},
        {"X-Amz-Security-Token", "token/+=="},   {"X-Amz-SignedHeaders", "host"}};
    const SigV4Scope scope{noon, "eu-west-1", "s3"};
    const std::string right =
        signature(signing_key(session().secret_key, scope), string_to_sign(scope, canonical_request(again)));
    CHECK(query == canonical_query(again.query) + "&X-Amz-Signature=" + right);
}
