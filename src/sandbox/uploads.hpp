#pragma once
#include "core/run_on.hpp"
#include "http/request.hpp"
#include "sandbox/sqlite.hpp"

#include <filesystem>
#include <map>
#include <optional>

namespace vitrina::sandbox {

// A resumable upload: what was promised and how much of it is here.
struct Upload {
    std::string id, network, account;
    std::string metadata; // JSON, as it came with the opening request
    std::string content_type;
    std::uint64_t total = 0, received = 0;
    std::uint64_t chunk = 0; // the size of the first chunk; 0 until there is one, and again after a probe
    std::string post;        // the finished post's id; "" until then
    Instant opened{};
};

// How a network keeps the bytes of a request that broke off.
struct Keeping {
    std::uint64_t multiple_of = 1; // only whole blocks of this size
    std::optional<std::uint64_t> at_most; // scripted: forgets what came after so many
};

// The unfinished uploads: rows in the ledger's database, bytes in files beside it. Both survive a kill.
class Uploads {
public:
    Uploads(Sqlite& database, std::filesystem::path folder, std::uint64_t keep_bytes_up_to);

    void open(const Upload& upload);
    std::optional<Upload> find(std::string_view network, std::string_view id) const;
    std::vector<Upload> list() const;
    void remember_chunk(Upload& upload, std::uint64_t size);
    // As if it had been opened then: where it has a limited life, that may be over.
    void backdate(Upload& upload, Instant opened);
    // Where a network learns of these only later.
    void announce(Upload& upload, std::uint64_t total);
    void describe(Upload& upload, std::string metadata);
    void remove(const Upload& upload);

    // Appends the request's body. When it breaks off, what the network keeps is recorded and the reason thrown on. A
    // newer request for the same upload takes it over: the older one ends with Disconnected.
    Task<> receive(Upload& upload, BodyStream& body, Keeping keeping);
    // Puts bytes in their place, over what may be there already; they are part of the upload from now on.
    void write(Upload& upload, std::uint64_t offset, std::string_view bytes);
    // SHA-256 of all the bytes, in hex.
    Task<std::string> digest(const Upload& upload);
    // The upload became a post. Call it in the transaction that adds the post, then forget_bytes().
    void finish(Upload& upload, std::string post);
    // Large bytes go, small ones stay as <folder>/kept/<sha256>.
    void forget_bytes(const Upload& upload, const std::string& sha256);
    // The same for bytes that came in one request.
    void keep_bytes(const std::string& sha256, std::string_view bytes);
    // Where the bytes of that SHA-256 (64 hex digits) are, if they were kept.
    std::filesystem::path kept(const std::string& sha256) const { return folder_ / "kept" / sha256; }
    std::uint64_t keep_bytes_up_to() const { return keep_bytes_up_to_; }

private:
    std::filesystem::path file_of(const Upload& upload) const { return folder_ / upload.id; }
    void record(Upload& upload, std::uint64_t received);
    void make_room() const;

    Sqlite& database_;
    std::filesystem::path folder_;
    std::uint64_t keep_bytes_up_to_;
    std::map<std::string, std::uint64_t> newest_request_;
    Pool hashing_{1};
};

} // namespace vitrina::sandbox
