#pragma once
#include "storage/object_store.hpp"
#include "storage/s3/s3_client.hpp"
#include "storage/s3/s3_reply.hpp"

#include <atomic>
#include <optional>
#include <string>

namespace vitrina {

struct S3Head {
    ObjectInfo info;
    std::string writer; // the mark that its writer put on it
};

// Requests about whole objects, in S3's words. Runs on the store's loop.
class S3Objects {
public:
    explicit S3Objects(S3Client& client) : client_(client) {}

    // What a new object is sent with. Its mark says whose it is: after an answer was lost it tells our object from
    // another's.
    Headers of_new_object(const std::string& writer) const;

    Task<std::optional<S3Head>> head(std::string key);
    // Throws std::logic_error when the key exists.
    Task<> put(std::string key, std::string writer, S3Body body);
    Task<> remove(std::string key);
    // A page of the unfinished uploads of keys that begin with the prefix, sorted by key, from behind the markers on;
    // the first one for "". The last one says no next key.
    Task<S3UploadsPage> uploads_page(std::string prefix, std::string key_marker, std::string id_marker);
    // Unfinished uploads of exactly this key.
    Task<> abort_uploads(std::string key);
    Task<> abort_upload(std::string key, std::string upload_id);
    // A page of at most 1,000 objects; the first one for the token "". Others' objects, whose keys could not be ours,
    // are left out.
    Task<S3ListPage> list_page(std::string prefix, std::string token);

    // Adds "only if there is none" where the store knows that.
    void make_conditional(Headers& headers) const;
    // True when the answer says that it does not: that is remembered, and the call to be made again without.
    bool learns_unconditional(const S3Call& call, const S3Answer& answer);

    S3Client& client() { return client_; }

private:
    S3Client& client_;
    std::atomic<bool> conditional_{true};
};

// The key exists already.
[[noreturn]] void throw_s3_key_exists(const ObjectKey& key);

} // namespace vitrina
