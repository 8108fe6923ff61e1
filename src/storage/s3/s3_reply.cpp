#include "storage/s3/s3_reply.hpp"

#include "aws/xml_walk.hpp"
#include "core/clock.hpp"
#include "http/grammar.hpp"
#include "http/uri.hpp"

#include <algorithm>
#include <array>
#include <map>

namespace vitrina {
namespace {

using Path = std::span<const std::string_view>;
// The fields of an element by name. One that comes twice could mean either: the answer is refused.
using Fields = std::map<std::string, std::string, std::less<>>;

constexpr std::size_t most_entries = 10'000; // a page has 1,000

bool is(Path path, std::initializer_list<std::string_view> names)
{
    return std::ranges::equal(path, names);
}

std::string take(Fields& fields, std::string_view name)
{
    const auto found = fields.find(name);
    return found == fields.end() ? std::string() : std::move(found->second);
}

// What a listing is read for; the rest may come as it likes.
constexpr std::array<std::string_view, 9> known_fields{
    "Key",          "Size",          "LastModified",          "UploadId",          "IsTruncated",
    "EncodingType", "NextKeyMarker", "NextContinuationToken", "NextUploadIdMarker"};

bool keep(Fields& fields, std::string_view name, const std::string& text)
{
    return std::ranges::find(known_fields, name) == known_fields.end() || fields.emplace(name, text).second;
}

// A document with fields of its own and a repeated element with fields: the shape of all listings. `on_entry` is
// called for each such element.
std::optional<Fields> read_listing(std::string_view xml, std::string_view root, std::string_view entry,
                                   const std::function<bool(Fields)>& on_entry)
{
    Fields of_page, of_entry;
    std::size_t entries = 0;
    bool ended = false;
    const auto element_end = [&](Path path, const std::string& text) {
        if (path.front() != root)
            return false;
        if (path.size() == 1)
            return ended = true;
        if (path.size() == 3 && path[1] == entry)
            return keep(of_entry, path[2], text);
        if (path.size() != 2)
            return true;
        if (path[1] == entry)
            return ++entries <= most_entries && on_entry(std::exchange(of_entry, {}));
        return keep(of_page, path[1], text);
    };
    if (!walk_xml(xml, element_end) || !ended)
        return std::nullopt;
    return of_page;
}

// As the store encoded it, which it says in the page's EncodingType: known only at the end of the page.
std::optional<std::string> decoded(const std::string& key, const std::string& encoding)
{
    return encoding == "url" ? percent_decode(key) : std::optional(key);
}

std::optional<bool> truncated(Fields& page)
{
    const std::string word = take(page, "IsTruncated");
    if (word == "true")
        return true;
    return word == "false" ? std::optional(false) : std::nullopt;
}

} // namespace

std::optional<S3ListPage> parse_s3_list(std::string_view xml)
{
    S3ListPage page;
    const auto on_entry = [&](Fields fields) {
        ObjectInfo object;
        object.key = take(fields, "Key");
        const auto size = grammar::number(take(fields, "Size"));
        const auto modified = parse_iso_time(take(fields, "LastModified"));
        if (object.key.empty() || !size || !modified)
            return false;
        object.size = *size;
        object.modified = std::chrono::floor<std::chrono::seconds>(*modified).time_since_epoch().count();
        page.objects.push_back(std::move(object));
        return true;
    };
    auto fields = read_listing(xml, "ListBucketResult", "Contents", on_entry);
    if (!fields)
        return std::nullopt;
    const auto more = truncated(*fields);
    page.next = take(*fields, "NextContinuationToken");
    if (!more || (*more && page.next.empty()))
        return std::nullopt;
    if (!*more)
        page.next.clear();
    const std::string encoding = take(*fields, "EncodingType");
    for (ObjectInfo& object : page.objects) {
        auto key = decoded(object.key, encoding);
        if (!key)
            return std::nullopt;
        object.key = std::move(*key);
    }
    return page;
}

std::optional<S3UploadsPage> parse_s3_uploads(std::string_view xml)
{
    S3UploadsPage page;
    const auto on_entry = [&](Fields fields) {
        S3UnfinishedUpload upload{take(fields, "Key"), take(fields, "UploadId")};
        if (upload.key.empty() || upload.id.empty())
            return false;
        page.uploads.push_back(std::move(upload));
        return true;
    };
    auto fields = read_listing(xml, "ListMultipartUploadsResult", "Upload", on_entry);
    if (!fields)
        return std::nullopt;
    const auto more = truncated(*fields);
    if (!more)
        return std::nullopt;
    if (*more) {
        page.next_key = take(*fields, "NextKeyMarker");
        page.next_id = take(*fields, "NextUploadIdMarker");
        if (page.next_key.empty())
            return std::nullopt;
    }
    return page;
}

std::optional<std::string> parse_s3_upload_id(std::string_view xml)
{
    std::string id;
    const auto element_end = [&](Path path, const std::string& text) {
        if (is(path, {"InitiateMultipartUploadResult", "UploadId"}))
            id = text;
        return path.front() == "InitiateMultipartUploadResult";
    };
    if (!walk_xml(xml, element_end) || id.empty())
        return std::nullopt;
    return id;
}

bool is_s3_completion(std::string_view xml)
{
    const auto element_end = [](Path path, const std::string&) {
        return path.front() == "CompleteMultipartUploadResult";
    };
    return walk_xml(xml, element_end);
}

std::optional<std::string> parse_s3_error(std::string_view xml)
{
    std::string code;
    const auto element_end = [&](Path path, const std::string& text) {
        if (is(path, {"Error", "Code"}))
            code = text;
        return path.front() == "Error";
    };
    const auto plain = [](char c) { return grammar::is_token_char(c) && grammar::is_unreserved(c); };
    if (!walk_xml(xml, element_end) || code.empty() || code.size() > 64 || !std::ranges::all_of(code, plain))
        return std::nullopt;
    return code;
}

std::string s3_region_of(const Headers& headers, std::string_view xml)
{
    std::string region(headers.get("x-amz-bucket-region"));
    const auto element_end = [&](Path path, const std::string& text) {
        if (region.empty() && is(path, {"Error", "Region"}))
            region = text;
        return path.front() == "Error";
    };
    if (region.empty() && !walk_xml(xml, element_end))
        return "";
    const auto plain = [](char c) { return grammar::is_unreserved(c); };
    return region.size() <= 64 && std::ranges::all_of(region, plain) ? region : "";
}

std::optional<bool> parse_s3_versioning(std::string_view xml)
{
    bool enabled = false;
    const auto element_end = [&](Path path, const std::string& text) {
        if (is(path, {"VersioningConfiguration", "Status"}))
            enabled = text == "Enabled";
        return path.front() == "VersioningConfiguration";
    };
    return walk_xml(xml, element_end) ? std::optional(enabled) : std::nullopt;
}

std::optional<S3Lifecycle> parse_s3_lifecycle(std::string_view xml)
{
    S3Lifecycle all, rule;
    bool enabled = false;
    const auto element_end = [&](Path path, const std::string& text) {
        if (is(path, {"LifecycleConfiguration", "Rule", "Status"}))
            enabled = text == "Enabled";
        if (is(path, {"LifecycleConfiguration", "Rule", "Expiration"}))
            rule.removes_objects = true;
        if (is(path, {"LifecycleConfiguration", "Rule", "AbortIncompleteMultipartUpload"}))
            rule.aborts_uploads = true;
        if (is(path, {"LifecycleConfiguration", "Rule"})) {
            all.removes_objects |= enabled && rule.removes_objects;
            all.aborts_uploads |= enabled && rule.aborts_uploads;
            rule = {};
            enabled = false;
        }
        return path.front() == "LifecycleConfiguration";
    };
    return walk_xml(xml, element_end) ? std::optional(all) : std::nullopt;
}

} // namespace vitrina
