#pragma once
// For tests: an S3 store in this process, as strict as a real one about signatures, and as unreliable as it is told.
#include "aws/sigv4.hpp"
#include "aws/xml_walk.hpp"
#include "core/clock.hpp"
#include "core/sleep.hpp"
#include "http/grammar.hpp"
#include "http/method_name.hpp"
#include "http/test_server.hpp"
#include "http/uri.hpp"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <deque>
#include <map>
#include <mutex>
#include <vector>

namespace vitrina::testing {

class FakeS3 {
public:
    enum class Trouble {
        slow_down,   // 503, nothing done
        internal,    // 500, nothing done
        reset,       // the connection closes, nothing done
        lost,        // done, and the connection closes
        short_body,  // the answer to GET ends early
        wrong_range, // other bytes than asked for, and said so
        error_200,   // 200 with an <Error> in it, nothing done
        denied,      // 403 AccessDenied
        full,        // 507
        quota,       // 403 QuotaExceeded
        no_tag,      // done, without an ETag
        rubbish,     // 200 with what is no XML
        page,        // 200 with a web page: no store at all
        elsewhere,   // 301, the bucket's region in a header
        malformed,   // 400, the same in the error
        skewed,      // 403 RequestTimeTooSkewed, however the clocks are
    };
    // What becomes of If-None-Match; some stores say NotImplemented with 501, some with 400.
    enum class Condition { honoured, ignored, refused, refused_as_bad };

    static constexpr const char* access_key = "FAKEACCESSKEY";
    static constexpr const char* secret_key = "fake+secret/key";
    static constexpr const char* bucket = "fake-bucket";

    FakeS3() : server_(routes()) {}

    std::string endpoint() const { return "http://127.0.0.1:" + std::to_string(server_.port()); }

    // What happens to the next requests of this kind: put, get, head, delete, list, begin, part, complete, abort,
    // uploads.
    void fail(const std::string& kind, Trouble fault, int times = 1)
    {
        const std::lock_guard lock(mutex_);
        for (int i = 0; i < times; ++i)
            faults_[kind].push_back(fault);
    }
    void mend()
    {
        const std::lock_guard lock(mutex_);
        faults_.clear();
    }
    int requests(const std::string& kind)
    {
        const std::lock_guard lock(mutex_);
        return requests_[kind];
    }
    std::size_t unfinished()
    {
        const std::lock_guard lock(mutex_);
        return uploads_.size();
    }
    void put_behind_our_back(const std::string& key, std::string bytes)
    {
        const std::lock_guard lock(mutex_);
        objects_[key] = {std::move(bytes), "\"foreign\"", "somebody else", SystemClock().now()};
    }
    std::vector<std::size_t> part_sizes()
    {
        const std::lock_guard lock(mutex_);
        return part_sizes_;
    }

    // From now on these keys and no others, as when a session has ended.
    void exchange_keys(std::string new_access_key, std::string new_secret_key, std::string session_token)
    {
        const std::lock_guard lock(mutex_);
        access_key_ = std::move(new_access_key);
        secret_key_ = std::move(new_secret_key);
        session_token_ = std::move(session_token);
    }
    // How the last new object was asked to be kept: encryption, key, storage class.
    std::string kept_as()
    {
        const std::lock_guard lock(mutex_);
        return kept_as_;
    }

    std::atomic<Condition> condition = Condition::honoured;
    std::atomic<std::size_t> page = 1000; // keys in a page of a listing
    std::atomic<int> parts_now = 0, most_parts = 0;
    std::atomic<std::chrono::milliseconds> part_takes{};
    std::atomic<bool> checks_bodies = true, checks_links = true, equal_parts_only = false, keeps_versions = false;
    std::atomic<bool> removes_objects = false; // by a rule

    std::vector<std::string> keys()
    {
        const std::lock_guard lock(mutex_);
        std::vector<std::string> all;
        for (const auto& [key, object] : objects_)
            all.push_back(key);
        return all;
    }

private:
    struct Object {
        std::string bytes, tag, writer;
        Instant modified;
    };
    struct Upload {
        std::string key, writer;
        std::map<int, std::pair<std::string, std::string>> parts; // tag and bytes
    };
    struct Asked {
        std::string kind, key, body;
        std::map<std::string, std::string> query;
        bool if_none = false;
        std::string writer, range;

        std::string shown(const std::string& field, const std::string& otherwise) const
        {
            return query.contains(field) ? query.at(field) : otherwise;
        }
    };

    std::vector<Route> routes()
    {
        std::vector<Route> all;
        const Handler handler = [this](const Request& request) { return answer(request); };
        for (const char* pattern : {"/{bucket}", "/{bucket}/{a}", "/{bucket}/{a}/{b}", "/{bucket}/{a}/{b}/{c}"}) {
            for (const Method method : {Method::get, Method::head, Method::del})
                all.push_back(route(method, pattern, handler));
            for (const Method method : {Method::put, Method::post}) {
                all.push_back(route(method, pattern, handler, Body::buffered));
                all.back().max_body = 64u << 20;
            }
        }
        // For tests in another process.
        const Handler count = [this](const Request&) -> Task<Response> {
            co_return Response(200, "text/plain", std::to_string(unfinished()));
        };
        all.push_back(route(Method::get, "/unfinished", count));
        return all;
    }

    static Response error(int status, const std::string& code)
    {
        return {status, "application/xml",
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>" + code +
                    "</Code><Message></Message></Error>"};
    }

    static std::map<std::string, std::string> fields(std::string_view text, char separator, char equals)
    {
        std::map<std::string, std::string> found;
        while (!text.empty()) {
            const auto end = std::min(text.find(separator), text.size());
            const std::string_view field = grammar::trim(text.substr(0, end));
            const auto at = std::min(field.find(equals), field.size());
            if (!field.empty())
                found[percent_decode(field.substr(0, at)).value_or("")] =
                    at == field.size() ? "" : percent_decode(field.substr(at + 1)).value_or("");
            text.remove_prefix(std::min(end + 1, text.size()));
        }
        return found;
    }

    // As the store would: everything from what came over the wire.
    std::optional<Response> refused(const Request& request)
    {
        const std::lock_guard lock(mutex_);
        if (request.query.find("X-Amz-Signature=") != std::string::npos)
            return checks_links ? link_refused(request) : std::nullopt;
        const std::string_view given = request.headers.get("Authorization");
        constexpr std::string_view algorithm = "AWS4-HMAC-SHA256 ";
        if (!given.starts_with(algorithm))
            return error(403, "AccessDenied");
        auto said = fields(given.substr(algorithm.size()), ',', '=');
        const std::string date(request.headers.get("x-amz-date"));
        const std::string scope = date.substr(0, 8) + "/us-east-1/s3/aws4_request";
        if (said["Credential"] == std::string(access_key) + '/' + scope && access_key_ != access_key)
            return error(400, "ExpiredToken");
        if (said["Credential"] != access_key_ + '/' + scope)
            return error(403, "InvalidAccessKeyId");
        if (request.headers.get("x-amz-security-token") != session_token_)
            return error(400, "InvalidToken");
        const auto question = std::min(request.target.find('?'), request.target.size());
        SigV4Request again{.method = name(request.method), .path = request.target.substr(0, question)};
        if (question < request.target.size())
            for (const auto& [field, value] : fields(request.target.substr(question + 1), '&', '='))
                again.query.emplace_back(field, value);
        const std::string names = ';' + said["SignedHeaders"] + ';';
        for (const Header& header : request.headers) {
            const std::string lower = grammar::lower(header.name);
            if (names.find(';' + lower + ';') != names.npos)
                again.headers.add(lower, header.value);
            else if (lower == "host" || lower == "content-type" || lower.starts_with("x-amz-"))
                return error(403, "AccessDenied");
        }
        again.payload = request.headers.get("x-amz-content-sha256");
        if (date.size() != 16)
            return error(403, "AccessDenied");
        const auto now = SystemClock().now();
        const Instant signed_at = time_of(date);
        const SigV4Scope when{signed_at, "us-east-1"};
        const Sha256 key = signing_key(Secret(secret_key_), when);
        if (signature(key, string_to_sign(when, canonical_request(again))) != said["Signature"])
            return error(403, "SignatureDoesNotMatch");
        if (signed_at < now - std::chrono::minutes(15) || signed_at > now + std::chrono::minutes(15))
            return error(403, "RequestTimeTooSkewed");
        // Nothing but this protects what comes over plain HTTP.
        if (checks_bodies && again.payload != sha256_hex(request.body))
            return error(400, "XAmzContentSHA256Mismatch");
        return std::nullopt;
    }

    static Instant time_of(const std::string& date)
    {
        return parse_iso_time(date.substr(0, 4) + '-' + date.substr(4, 2) + '-' + date.substr(6, 5) + ':' +
                              date.substr(11, 2) + ':' + date.substr(13, 3))
            .value_or(Instant{});
    }

    // With the mutex held.
    std::optional<Response> link_refused(const Request& request) const
    {
        auto said = fields(request.query, '&', '=');
        const std::string given = std::exchange(said["X-Amz-Signature"], "");
        const std::string date = said["X-Amz-Date"];
        SigV4Request again{.method = name(request.method), .path = request.path};
        for (const auto& [field, value] : said)
            if (field != "X-Amz-Signature")
                again.query.emplace_back(field, value);
        again.headers.add("host", std::string(request.headers.get("Host")));
        again.payload = unsigned_payload;
        if (date.size() != 16)
            return error(403, "AccessDenied");
        const SigV4Scope when{time_of(date), "us-east-1"};
        const Sha256 key = signing_key(Secret(secret_key_), when);
        if (said["X-Amz-SignedHeaders"] != "host" ||
            signature(key, string_to_sign(when, canonical_request(again))) != given)
            return error(403, "SignatureDoesNotMatch");
        if (SystemClock().now() > when.time + std::chrono::seconds(std::stol(said["X-Amz-Expires"])))
            return error(403, "AccessDenied");
        return std::nullopt;
    }

    static std::string kind_of(Method method, const std::string& key, const std::map<std::string, std::string>& query)
    {
        if (query.contains("uploadId"))
            return method == Method::put ? "part" : method == Method::post ? "complete" : "abort";
        if (query.contains("uploads"))
            return method == Method::post ? "begin" : "uploads";
        if (method == Method::get && key.empty())
            return query.contains("versioning") ? "versioning" : query.contains("lifecycle") ? "lifecycle" : "list";
        switch (method) {
        case Method::put: return "put";
        case Method::head: return key.empty() ? "head_bucket" : "head";
        case Method::del: return "delete";
        default: return "get";
        }
    }

    std::optional<Trouble> next_fault(const std::string& kind)
    {
        const std::lock_guard lock(mutex_);
        ++requests_[kind];
        auto& waiting = faults_[kind];
        if (waiting.empty())
            return std::nullopt;
        const Trouble fault = waiting.front();
        waiting.pop_front();
        return fault;
    }

    Task<Response> answer(const Request& request)
    {
        if (auto no = refused(request))
            co_return std::move(*no);
        if (request.parameter("bucket") != bucket)
            co_return error(404, "NoSuchBucket");
        Asked asked;
        const std::string path = request.path.substr(1);
        asked.key = path.substr(std::min(path.find('/'), path.size() - 1) + 1);
        asked.query = fields(request.query, '&', '=');
        asked.kind = kind_of(request.method, asked.key, asked.query);
        asked.body = request.body;
        asked.if_none = request.headers.get("If-None-Match") == "*";
        asked.writer = request.headers.get("x-amz-meta-vitrina-writer");
        asked.range = request.headers.get("Range");
        if (asked.kind == "put" || asked.kind == "begin") {
            const std::lock_guard lock(mutex_);
            kept_as_ = std::string(request.headers.get("x-amz-server-side-encryption")) + ' ' +
                       std::string(request.headers.get("x-amz-server-side-encryption-aws-kms-key-id")) + ' ' +
                       std::string(request.headers.get("x-amz-storage-class"));
        }

        const bool is_part = asked.kind == "part";
        if (is_part) {
            most_parts = std::max(most_parts.load(), ++parts_now);
            const auto pause = part_takes.load();
            if (pause.count() > 0)
                co_await sleep_for(pause);
        }
        Response response = with_fault(asked);
        if (is_part)
            --parts_now;
        co_return response;
    }

    Response with_fault(const Asked& asked)
    {
        const auto fault = next_fault(asked.kind);
        if (!fault)
            return act(asked);
        Response gone;
        gone.abort = true;
        switch (*fault) {
        case Trouble::slow_down: return error(503, "SlowDown");
        case Trouble::internal: return error(500, "InternalError");
        case Trouble::reset: return gone;
        case Trouble::lost: act(asked); return gone;
        case Trouble::error_200: return error(200, "InternalError");
        case Trouble::denied: return error(403, "AccessDenied");
        case Trouble::full: return error(507, "InsufficientStorage");
        case Trouble::quota: return error(403, "QuotaExceeded");
        case Trouble::rubbish:
            return {200, "application/xml", "<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>"};
        case Trouble::page: return {200, "text/html", "<!doctype html><html><body>It works!</body></html>"};
        case Trouble::skewed: return error(403, "RequestTimeTooSkewed");
        case Trouble::elsewhere: {
            Response response = error(301, "PermanentRedirect");
            response.headers.add("x-amz-bucket-region", "eu-west-1");
            return response;
        }
        case Trouble::malformed:
            return {400, "application/xml",
                    "<Error><Code>AuthorizationHeaderMalformed</Code><Region>eu-west-1</Region></Error>"};
        case Trouble::no_tag: {
            Response response = act(asked);
            response.headers.set("ETag", "");
            return response;
        }
        case Trouble::wrong_range: {
            Response response = act(asked);
            response.headers.set("Content-Range", "bytes 1-4/100000000");
            return response;
        }
        case Trouble::short_body: {
            Response response = act(asked);
            std::string bytes = std::get<std::string>(response.body);
            bytes.resize(bytes.size() / 2);
            response.body = [bytes, given = false]() mutable -> Task<std::string> {
                if (given)
                    throw std::runtime_error("cut off");
                given = true;
                co_return bytes;
            };
            return response;
        }
        }
        return gone;
    }

    Response act(const Asked& asked)
    {
        const std::lock_guard lock(mutex_);
        if (asked.kind == "put")
            return put(asked);
        if (asked.kind == "get")
            return get(asked);
        if (asked.kind == "head")
            return head(asked);
        if (asked.kind == "head_bucket")
            return Response(200);
        if (asked.kind == "list")
            return list(asked);
        if (asked.kind == "versioning")
            return xml(keeps_versions ? "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
                                      : "<VersioningConfiguration/>");
        if (asked.kind == "lifecycle")
            return removes_objects ? xml("<LifecycleConfiguration><Rule><Expiration><Days>30</Days></Expiration>"
                                         "<Status>Enabled</Status></Rule></LifecycleConfiguration>")
                                   : error(404, "NoSuchLifecycleConfiguration");
        if (asked.kind == "begin") {
            const std::string id = "upload+/=" + std::to_string(++uploads_made_);
            uploads_[id] = {asked.key, asked.writer, {}};
            return xml("<InitiateMultipartUploadResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><UploadId>" +
                       id + "</UploadId></InitiateMultipartUploadResult>");
        }
        if (asked.kind == "uploads")
            return uploads(asked);
        if (asked.kind == "delete") {
            objects_.erase(asked.key);
            return Response(204);
        }
        const auto upload = uploads_.find(asked.query.at("uploadId"));
        if (upload == uploads_.end() || upload->second.key != asked.key)
            return error(404, "NoSuchUpload");
        if (asked.kind == "part")
            return part(asked, upload->second);
        if (asked.kind == "complete")
            return complete(asked, upload->first);
        uploads_.erase(upload);
        return Response(204);
    }

    static Response xml(const std::string& text)
    {
        return {200, "application/xml", "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + text};
    }

    static std::string tag_of(std::string_view bytes) { return '"' + sha256_hex(bytes).substr(0, 32) + '"'; }

    std::optional<Response> fails_condition(const Asked& asked) const
    {
        if (!asked.if_none || condition == Condition::ignored)
            return std::nullopt;
        if (condition == Condition::refused)
            return error(501, "NotImplemented");
        if (condition == Condition::refused_as_bad)
            return error(400, "NotImplemented");
        return objects_.contains(asked.key) ? std::optional(error(412, "PreconditionFailed")) : std::nullopt;
    }

    Response put(const Asked& asked)
    {
        if (auto no = fails_condition(asked))
            return std::move(*no);
        objects_[asked.key] = {asked.body, tag_of(asked.body), asked.writer, SystemClock().now()};
        Response done(200);
        done.headers.add("ETag", objects_[asked.key].tag);
        return done;
    }

    Response get(const Asked& asked)
    {
        const auto found = objects_.find(asked.key);
        if (found == objects_.end())
            return error(404, "NoSuchKey");
        const std::string& bytes = found->second.bytes;
        if (asked.range.empty()) {
            Response response(200, asked.shown("response-content-type", "binary/octet-stream"), bytes);
            if (asked.query.contains("response-content-disposition"))
                response.headers.add("Content-Disposition", asked.query.at("response-content-disposition"));
            return response;
        }
        std::uint64_t first = 0, last = 0;
        REQUIRE(std::sscanf(asked.range.c_str(), "bytes=%lu-%lu", &first, &last) == 2);
        if (first >= bytes.size())
            return error(416, "InvalidRange");
        last = std::min<std::uint64_t>(last, bytes.size() - 1);
        Response response(206, "binary/octet-stream", bytes.substr(first, last - first + 1));
        response.headers.add("Content-Range", "bytes " + std::to_string(first) + '-' + std::to_string(last) + '/' +
                                                  std::to_string(bytes.size()));
        return response;
    }

    Response head(const Asked& asked)
    {
        const auto found = objects_.find(asked.key);
        if (found == objects_.end())
            return Response(404);
        Response response(200, "binary/octet-stream", found->second.bytes);
        response.headers.add("ETag", found->second.tag);
        response.headers.add("Last-Modified", http_date(found->second.modified));
        response.headers.add("x-amz-meta-vitrina-writer", found->second.writer);
        return response;
    }

    Response list(const Asked& asked)
    {
        const std::string prefix = asked.query.at("prefix");
        const bool goes_on = asked.query.contains("continuation-token");
        const std::string after = goes_on ? asked.query.at("continuation-token") : "";
        auto next = goes_on ? objects_.upper_bound(after) : objects_.lower_bound(prefix);
        std::string text = "<ListBucketResult><Name>fake-bucket</Name><EncodingType>url</EncodingType>", last;
        for (std::size_t count = 0; next != objects_.end() && next->first.starts_with(prefix) && count < page;
             ++next, ++count) {
            last = next->first;
            text += "<Contents><Key>" + percent_encode(last) + "</Key><LastModified>" + rfc3339(next->second.modified) +
                    "</LastModified><ETag>&quot;x&quot;</ETag><Size>" + std::to_string(next->second.bytes.size()) +
                    "</Size><StorageClass>STANDARD</StorageClass></Contents>";
        }
        const bool more = next != objects_.end() && next->first.starts_with(prefix);
        text += std::string("<IsTruncated>") + (more ? "true" : "false") + "</IsTruncated>";
        if (more)
            text += "<NextContinuationToken>" + last + "</NextContinuationToken>";
        return xml(text + "</ListBucketResult>");
    }

    Response uploads(const Asked& asked)
    {
        std::string text = "<ListMultipartUploadsResult><IsTruncated>false</IsTruncated>";
        for (const auto& [id, upload] : uploads_)
            if (upload.key.starts_with(asked.query.at("prefix")))
                text += "<Upload><Key>" + upload.key + "</Key><UploadId>" + id +
                        "</UploadId><Initiator><ID>x</ID></Initiator></Upload>";
        return xml(text + "</ListMultipartUploadsResult>");
    }

    Response part(const Asked& asked, Upload& upload)
    {
        const std::string tag = tag_of(asked.body);
        upload.parts[std::stoi(asked.query.at("partNumber"))] = {tag, asked.body};
        part_sizes_.push_back(asked.body.size());
        Response done(200);
        done.headers.add("ETag", tag);
        return done;
    }

    Response complete(const Asked& asked, std::string id)
    {
        if (auto no = fails_condition(asked))
            return std::move(*no);
        const Upload& upload = uploads_[id];
        std::vector<std::string> tags;
        const auto element_end = [&](std::span<const std::string_view> path, const std::string& text) {
            if (path.back() == "ETag")
                tags.push_back(text);
            return true;
        };
        if (!walk_xml(asked.body, element_end) || tags.size() != upload.parts.size())
            return error(400, "MalformedXML");
        std::string whole;
        for (const auto& [number, part] : upload.parts) {
            if (tags[std::size_t(number - 1)] != part.first)
                return error(400, "InvalidPart");
            if (std::size_t(number) < tags.size() && part.second.size() < (5u << 20))
                return error(400, "EntityTooSmall");
            if (equal_parts_only && std::size_t(number) < tags.size() &&
                part.second.size() != upload.parts.begin()->second.second.size())
                return error(400, "InvalidPart");
            whole += part.second;
        }
        objects_[asked.key] = {std::move(whole), "\"parts\"", upload.writer, SystemClock().now()};
        uploads_.erase(id);
        // A store may keep the line alive with spaces, and not know the ETag yet.
        return {200, "application/xml",
                "   \n<CompleteMultipartUploadResult><ETag></ETag></CompleteMultipartUploadResult>"};
    }

    std::mutex mutex_;
    std::string access_key_ = access_key, secret_key_ = secret_key, session_token_, kept_as_;
    std::map<std::string, Object> objects_;
    std::map<std::string, Upload> uploads_;
    std::map<std::string, std::deque<Trouble>> faults_;
    std::map<std::string, int> requests_;
    std::vector<std::size_t> part_sizes_;
    int uploads_made_ = 0;
    TestServer server_; // last: its requests use the rest
};

} // namespace vitrina::testing
