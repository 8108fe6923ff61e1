#pragma once
#include "http/request.hpp"
#include "storage/object_store.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vitrina {

// What an S3 store says in XML. Nothing when it is not exactly that: no document types, no comments, no foreign
// entities, nothing deep; what the store adds beside the fields we know is passed over.

struct S3ListPage {
    std::vector<ObjectInfo> objects;
    std::string next; // the continuation token; "" on the last page
};
std::optional<S3ListPage> parse_s3_list(std::string_view xml);

struct S3UnfinishedUpload {
    std::string key, id;
};
struct S3UploadsPage {
    std::vector<S3UnfinishedUpload> uploads;
    std::string next_key, next_id; // where the next page begins; "" on the last
};
std::optional<S3UploadsPage> parse_s3_uploads(std::string_view xml);

// The id that CreateMultipartUpload gives.
std::optional<std::string> parse_s3_upload_id(std::string_view xml);

// Whether CompleteMultipartUpload says that it did: it also answers 200 when it did not.
bool is_s3_completion(std::string_view xml);

// The Code of an <Error>, letters and digits only: it goes into messages.
std::optional<std::string> parse_s3_error(std::string_view xml);

// The region where the bucket is, as a refusal to ask elsewhere says it in a header or in its <Error>; "" when it does
// not, or not in a region's letters.
std::string s3_region_of(const Headers& headers, std::string_view xml);

// Whether a bucket keeps what is deleted or written anew; nothing when that cannot be read.
std::optional<bool> parse_s3_versioning(std::string_view xml);

// What a bucket does with its objects by itself. Nothing when that cannot be read.
struct S3Lifecycle {
    bool removes_objects = false; // some of them, after a time
    bool aborts_uploads = false;  // that were never completed
};
std::optional<S3Lifecycle> parse_s3_lifecycle(std::string_view xml);

} // namespace vitrina
