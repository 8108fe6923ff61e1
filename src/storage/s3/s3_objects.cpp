#include "storage/s3/s3_objects.hpp"

#include "core/errors.hpp"
#include "core/fail_point.hpp"
#include "core/log.hpp"
#include "http/grammar.hpp"
#include "storage/object_key.hpp"

#include <stdexcept>

namespace vitrina {
namespace {

constexpr std::string_view writer_header = "x-amz-meta-vitrina-writer";
// A page holds 1,000 keys, of up to 1,024 bytes each that encoding may triple.
constexpr std::size_t largest_page = 8u << 20;

} // namespace

Headers S3Objects::of_new_object(const std::string& writer) const
{
    Headers headers = client_.for_new_objects();
    headers.add("Content-Type", "application/octet-stream");
    headers.add(std::string(writer_header), writer);
    return headers;
}

void S3Objects::make_conditional(Headers& headers) const
{
    if (conditional_)
        headers.add("If-None-Match", "*");
}

bool S3Objects::learns_unconditional(const S3Call& call, const S3Answer& answer)
{
    // Others may have asked with a condition when the first was refused: what counts is whether this one did.
    if (!is_s3_not_implemented(answer) || !call.headers.find("If-None-Match"))
        return false;
    if (conditional_.exchange(false))
        log(LogLevel::info, "the S3 store knows no conditional writes; they are left out from now on");
    return true;
}

Task<std::optional<S3Head>> S3Objects::head(std::string key)
{
    const S3Call call{.method = Method::head, .key = key};
    const S3Answer answer = co_await client_.send(call);
    if (answer.status == 404)
        co_return std::nullopt;
    const auto size = grammar::number(answer.headers.get("Content-Length"));
    if (answer.status != 200)
        throw_s3_refusal(call, answer);
    if (!size)
        throw Unavailable("the S3 store does not say how large an object is");
    S3Head head{{std::move(key), *size, 0}, std::string(answer.headers.get(writer_header))};
    if (const auto modified = parse_http_date(answer.headers.get("Last-Modified")))
        head.info.modified = std::chrono::floor<std::chrono::seconds>(*modified).time_since_epoch().count();
    co_return head;
}

Task<> S3Objects::put(std::string key, std::string writer, S3Body body)
{
    S3Call call{.method = Method::put, .key = key, .body = std::move(body)};
    call.answer_within = std::chrono::seconds(60);
    while (true) {
        call.headers = of_new_object(writer);
        make_conditional(call.headers);
        FAIL_POINT("s3_store.put");
        const S3Answer answer = co_await client_.send(call);
        FAIL_POINT("s3_store.put_sent");
        if (answer.status == 200)
            co_return;
        if (learns_unconditional(call, answer))
            continue;
        if (answer.status != 412)
            throw_s3_refusal(call, answer);
        // Perhaps it is our own, from an attempt whose answer was lost.
        const auto there = co_await head(key);
        if (there && there->writer == writer)
            co_return;
        throw_s3_key_exists(key);
    }
}

Task<> S3Objects::remove(std::string key)
{
    const S3Call call{.method = Method::del, .key = std::move(key)};
    FAIL_POINT("s3_store.remove");
    const S3Answer answer = co_await client_.send(call);
    FAIL_POINT("s3_store.removed");
    if (answer.status != 204 && answer.status != 200 && answer.error != "NoSuchKey")
        throw_s3_refusal(call, answer);
}

Task<> S3Objects::abort_upload(std::string key, std::string upload_id)
{
    const S3Call call{.method = Method::del, .key = std::move(key), .query = {{"uploadId", std::move(upload_id)}}};
    FAIL_POINT("s3_store.abort");
    const S3Answer answer = co_await client_.send(call);
    if (answer.status != 204 && answer.status != 200 && answer.error != "NoSuchUpload")
        throw_s3_refusal(call, answer);
}

Task<S3UploadsPage> S3Objects::uploads_page(std::string prefix, std::string key_marker, std::string id_marker)
{
    S3Call call{.query = {{"uploads", ""}, {"prefix", std::move(prefix)}, {"max-uploads", "100"}}};
    call.largest_answer = largest_page;
    if (!key_marker.empty())
        call.query.emplace_back("key-marker", key_marker);
    if (!id_marker.empty())
        call.query.emplace_back("upload-id-marker", id_marker);
    const S3Answer answer = co_await client_.send(call);
    if (answer.status != 200)
        throw_s3_refusal(call, answer);
    auto page = parse_s3_uploads(answer.body);
    if (!page)
        throw Unavailable("the S3 store's list of uploads cannot be read");
    if (page->next_key == key_marker && page->next_id == id_marker)
        page->next_key.clear(); // a store that goes round in circles
    co_return std::move(*page);
}

Task<> S3Objects::abort_uploads(std::string key)
{
    std::string key_marker, id_marker;
    do {
        const S3UploadsPage page = co_await uploads_page(key, key_marker, id_marker);
        for (const S3UnfinishedUpload& upload : page.uploads)
            if (upload.key == key)
                co_await abort_upload(upload.key, upload.id);
        key_marker = page.next_key;
        id_marker = page.next_id;
        // Behind ours come those that it is only a prefix of.
    } while (!key_marker.empty() && key_marker <= key);
}

Task<S3ListPage> S3Objects::list_page(std::string prefix, std::string token)
{
    S3Call call{.query = {{"list-type", "2"}, {"prefix", std::move(prefix)}, {"encoding-type", "url"}}};
    call.largest_answer = largest_page;
    if (!token.empty())
        call.query.emplace_back("continuation-token", token);
    const S3Answer answer = co_await client_.send(call);
    if (answer.status != 200)
        throw_s3_refusal(call, answer);
    auto page = parse_s3_list(answer.body);
    if (!page || (!page->next.empty() && page->next == token))
        throw Unavailable("the S3 store's list of objects cannot be read");
    std::erase_if(page->objects, [](const ObjectInfo& object) { return !is_object_key(object.key); });
    co_return std::move(*page);
}

void throw_s3_key_exists(const ObjectKey& key)
{
    throw std::logic_error("an object with this key exists already: " + key);
}

} // namespace vitrina
