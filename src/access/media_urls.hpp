#pragma once
#include "core/clock.hpp"
#include "core/id.hpp"
#include "db/database.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

namespace vitrina {

// Signs and checks the URLs of media where access is closed: a player cannot send a token. A signature opens one
// video's media and nothing else, does not expire (the URLs in answers keep working as long as the video exists),
// and is revoked by giving the video a new epoch. A snapshot: pure, shared between threads.
class MediaSigner {
public:
    MediaSigner(std::string key, std::map<std::string, std::int64_t> epochs)
        : key_(std::move(key)), epochs_(std::move(epochs))
    {
    }

    // 22 characters that go into a URL as they are: half of an HMAC-SHA-256.
    std::string sign(VideoId video) const;
    bool check(VideoId video, std::string_view signature) const;

private:
    std::string key_;
    std::map<std::string, std::int64_t> epochs_; // of the videos whose URLs were revoked: few
};

class MediaUrls {
public:
    MediaUrls(Database& database, const Clock& clock) : db_(database), clock_(clock) {}

    // What holds now. Reads the database only after something was committed; makes the key the first time.
    Task<std::shared_ptr<const MediaSigner>> signer();
    // Every URL given out for the video so far stops working.
    Task<> revoke(VideoId video);
    // Of a video that is deleted in the transaction: its URLs lead nowhere, whatever signs them.
    static Task<> forget(Transaction& transaction, VideoId video);

private:
    Task<std::string> key();
    std::shared_ptr<const MediaSigner> remembered(std::uint64_t version);

    Database& db_;
    const Clock& clock_;

    std::mutex mutex_; // of what follows; never held across an await
    std::string key_;
    // A database's version compares only on the thread it was asked on.
    std::map<std::thread::id, std::pair<std::uint64_t, std::shared_ptr<const MediaSigner>>> snapshots_;
};

} // namespace vitrina
