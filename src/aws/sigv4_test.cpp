#include "aws/sigv4.hpp"

#include "http/grammar.hpp"
#include "http/uri.hpp"

#include <boost/json.hpp>
#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>

using namespace vitrina;
namespace fs = std::filesystem;
namespace json = boost::json;

namespace {

const Secret example_secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
const std::string example_id = "AKIAIOSFODNN7EXAMPLE";
const std::string nothing_hashed = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

Instant at(std::string_view iso)
{
    return parse_iso_time(iso).value();
}

// The worked examples of S3's API reference.
SigV4Scope example_scope()
{
    return {at("2013-05-24T00:00:00Z"), "us-east-1"};
}

SigV4Request example(std::string method, std::string path, SigV4Query query, Headers more, std::string payload)
{
    SigV4Request request{std::move(method), std::move(path), std::move(query), std::move(more), std::move(payload)};
    request.headers.add("Host", "examplebucket.s3.amazonaws.com");
    request.headers.add("x-amz-content-sha256", request.payload);
    request.headers.add("x-amz-date", "20130524T000000Z");
    return request;
}

std::string signed_with(const SigV4Request& request)
{
    const std::string text =
        authorization(request, example_scope(), example_id, signing_key(example_secret, example_scope()));
    return text.substr(text.rfind('=') + 1);
}

std::optional<json::value> suite(const std::string& file)
{
    const fs::path here = VITRINA_SOURCE_DIR;
    for (const fs::path& folder : {here / "../shared/testdata/sigv4", here / "../../shared/testdata/sigv4"}) {
        std::ifstream in(folder / file);
        if (!in)
            continue;
        std::stringstream text;
        text << in.rdbuf();
        return json::parse(text.str());
    }
    MESSAGE("not tried: there is no " << file << " beside the sources");
    return std::nullopt;
}

std::string text(const json::value& value, const char* name)
{
    const auto* found = value.as_object().if_contains(name);
    return found && found->is_string() ? std::string(found->as_string()) : std::string();
}

std::string between(const std::string& whole, const std::string& before, const std::string& after)
{
    const auto begin = whole.find(before) + before.size();
    return whole.substr(begin, whole.find(after, begin) - begin);
}

bool is_true(const json::value& value, const char* name, bool otherwise)
{
    const auto* found = value.as_object().if_contains(name);
    return found ? found->as_bool() : otherwise;
}

// What the general suites do and S3 does not.
std::string normalised(std::string_view path)
{
    std::vector<std::string_view> kept;
    const bool folder = path.ends_with('/') || path.ends_with("/.") || path.ends_with("/..");
    while (!path.empty()) {
        const auto slash = std::min(path.find('/'), path.size());
        const std::string_view segment = path.substr(0, slash);
        path.remove_prefix(std::min(slash + 1, path.size()));
        if (segment == ".." && !kept.empty())
            kept.pop_back();
        else if (!segment.empty() && segment != "." && segment != "..")
            kept.push_back(segment);
    }
    std::string out;
    for (const std::string_view segment : kept)
        out += '/' + std::string(segment);
    return out.empty() ? "/" : folder ? out + '/' : out;
}

// A request as the suites write it: a request line, fields that may go on over several lines, a body.
struct RawRequest {
    SigV4Request request;
    std::string body;
};

RawRequest parse_raw(const std::string& raw, bool normalise)
{
    RawRequest parsed;
    const auto head_end = std::min(raw.find("\n\n"), raw.size());
    parsed.body = head_end == raw.size() ? "" : raw.substr(head_end + 2);
    std::stringstream lines(raw.substr(0, head_end));
    std::string line;
    std::getline(lines, line);
    const auto space = line.find(' '), end = line.rfind(' ');
    parsed.request.method = line.substr(0, space);
    std::string target = line.substr(space + 1, end - space - 1), query;
    if (const auto question = target.find('?'); question != target.npos) {
        query = target.substr(question + 1);
        target.resize(question);
    }
    parsed.request.path = encode_path(normalise ? normalised(target) : target);
    std::stringstream pairs(query);
    for (std::string pair; std::getline(pairs, pair, '&');) {
        const auto equals = std::min(pair.find('='), pair.size());
        parsed.request.query.emplace_back(percent_decode(pair.substr(0, equals)).value(),
                                          equals == pair.size() ? "" : percent_decode(pair.substr(equals + 1)).value());
    }
    std::vector<Header> fields;
    while (std::getline(lines, line)) {
        if (line.empty())
            continue;
        if (line.front() == ' ') {
            fields.back().value += ' ' + std::string(grammar::trim(line));
            continue;
        }
        const auto colon = line.find(':');
        fields.push_back({line.substr(0, colon), line.substr(colon + 1)});
    }
    for (const Header& field : fields)
        parsed.request.headers.add(field.name, field.value);
    return parsed;
}

} // namespace

TEST_CASE("s3 sigv4: the published examples")
{
    Headers range, put;
    range.add("Range", "bytes=0-9");
    CHECK(signed_with(example("GET", "/test.txt", {}, range, nothing_hashed)) ==
          "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
    put.add("Date", "Fri, 24 May 2013 00:00:00 GMT");
    put.add("x-amz-storage-class", "REDUCED_REDUNDANCY");
    CHECK(signed_with(example("PUT", encode_path("/test$file.text"), {}, put, sha256_hex("Welcome to Amazon S3."))) ==
          "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
    CHECK(signed_with(example("GET", "/", {{"lifecycle", ""}}, {}, nothing_hashed)) ==
          "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
    CHECK(signed_with(example("GET", "/", {{"prefix", "J"}, {"max-keys", "2"}}, {}, nothing_hashed)) ==
          "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

TEST_CASE("s3 sigv4: a presigned URL, as published")
{
    SigV4Request request{"GET", "/test.txt", {}, {}, std::string(unsigned_payload)};
    request.headers.add("Host", "examplebucket.s3.amazonaws.com");
    const std::string query = presigned_query(request, example_scope(), example_id, std::chrono::hours(24),
                                              signing_key(example_secret, example_scope()));
    CHECK(query == "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3"
                   "%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
                   "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
}

TEST_CASE("s3 sigv4: paths are encoded once and left alone")
{
    CHECK(encode_path("/a b+c/\xc3\xa9(1)!.mp4") == "/a%20b%2Bc/%C3%A9%281%29%21.mp4");
    CHECK(encode_path("/dot/../x//y/") == "/dot/../x//y/");
    CHECK(encode_path("") == "");
    CHECK(canonical_query({{"b", "2"}, {"a", "/ "}, {"a", ""}, {"A", "x"}}) == "A=x&a=&a=%2F%20&b=2");
    Headers headers;
    headers.add("X-Amz-B", "  two   words ");
    headers.add("Host", "h");
    headers.add("x-amz-b", "again");
    const SigV4Request request{"GET", "/", {}, headers, "hash"};
    CHECK(canonical_request(request) == "GET\n/\n\nhost:h\nx-amz-b:two words,again\n\nhost;x-amz-b\nhash");
    CHECK(amz_date(at("2026-03-01T02:03:04.999Z")) == "20260301T020304Z");
}

TEST_CASE("s3 sigv4: S3's examples as collected")
{
    const auto all = suite("s3-published-examples.json");
    if (!all)
        return;
    int tried = 0;
    for (const json::value& one : all->at("cases").as_array()) {
        CAPTURE(text(one, "name"));
        Headers headers;
        for (const auto& [name, value] : one.at("headers").as_object())
            headers.add(name, std::string(value.as_string()));
        SigV4Query query;
        for (const auto& [name, value] : one.at("query").as_object())
            query.emplace_back(name, std::string(value.as_string()));
        SigV4Request request{text(one, "method"), encode_path(text(one, "path")), query, headers,
                             text(one, "payload_hash")};
        const Sha256 key = signing_key(example_secret, example_scope());
        if (const auto* expires = one.as_object().if_contains("expires")) {
            const std::string made =
                presigned_query(request, example_scope(), example_id, std::chrono::seconds(expires->as_int64()), key);
            CHECK(made.ends_with("X-Amz-Signature=" + text(one, "signature")));
        } else {
            request.headers.add("x-amz-content-sha256", request.payload);
            request.headers.add("x-amz-date", "20130524T000000Z");
            CHECK(canonical_request(request) == text(one, "canonical_request"));
            CHECK(string_to_sign(example_scope(), canonical_request(request)) == text(one, "string_to_sign"));
            CHECK(signed_with(request) == text(one, "signature"));
        }
        ++tried;
    }
    CHECK(tried == 7);
}

TEST_CASE("s3 sigv4: the general suite of botocore, by headers")
{
    const auto all = suite("botocore-aws4.json");
    if (!all)
        return;
    const SigV4Scope scope{at("2015-08-30T12:36:00Z"), text(*all, "region"), text(*all, "service")};
    const Secret secret(text(*all, "secret_access_key"));
    int tried = 0;
    for (const json::value& one : all->at("cases").as_array()) {
        const std::string name = text(one, "name");
        CAPTURE(name);
        RawRequest raw = parse_raw(text(one, "req"), true);
        raw.request.payload = sha256_hex(raw.body);
        // The suite has the session's token only in what is expected.
        const std::string creq = text(one, "creq"), token = "\nx-amz-security-token:";
        if (creq.find(token) != creq.npos)
            raw.request.headers.set("x-amz-security-token", between(creq, token, "\n"));
        CHECK(canonical_request(raw.request) == creq);
        CHECK(string_to_sign(scope, canonical_request(raw.request)) == text(one, "sts"));
        CHECK(authorization(raw.request, scope, text(*all, "access_key_id"), signing_key(secret, scope)) ==
              text(one, "authz"));
        ++tried;
    }
    CHECK(tried == 34);
}

TEST_CASE("s3 sigv4: the general suite of aws-c-auth, by headers and by query")
{
    const auto all = suite("aws-c-auth-v4.json");
    if (!all)
        return;
    int tried = 0;
    for (const json::value& one : all->at("cases").as_array()) {
        const std::string name = text(one, "name");
        CAPTURE(name);
        const json::value& context = one.at("context");
        const json::value& credentials = context.at("credentials");
        const SigV4Scope scope{at(text(context, "timestamp")), text(context, "region"), text(context, "service")};
        const Sha256 key = signing_key(Secret(text(credentials, "secret_access_key")), scope);
        const std::string id = text(credentials, "access_key_id"), token = text(credentials, "token");
        const bool token_later = is_true(context, "omit_session_token", false);

        RawRequest raw = parse_raw(text(one, "request"), is_true(context, "normalize", true));
        raw.request.payload = sha256_hex(raw.body);
        RawRequest by_query = raw;
        raw.request.headers.set("X-Amz-Date", amz_date(scope.time));
        if (is_true(context, "sign_body", false))
            raw.request.headers.set("x-amz-content-sha256", raw.request.payload);
        if (!token.empty() && !token_later)
            raw.request.headers.add("X-Amz-Security-Token", token);
        CHECK(canonical_request(raw.request) == text(one, "header_canonical_request"));
        CHECK(signature(key, string_to_sign(scope, canonical_request(raw.request))) == text(one, "header_signature"));

        if (!token.empty() && !token_later)
            by_query.request.query.emplace_back("X-Amz-Security-Token", token);
        const auto valid_for = std::chrono::seconds(context.at("expiration_in_seconds").as_int64());
        CHECK(presigned_query(by_query.request, scope, id, valid_for, key)
                  .ends_with("X-Amz-Signature=" + text(one, "query_signature")));
        ++tried;
    }
    CHECK(tried == 38);
}
