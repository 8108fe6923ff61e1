#include "access/media_urls.hpp"

#include "core/base64url.hpp"
#include "core/digest.hpp"
#include "core/random.hpp"

namespace vitrina {

std::string MediaSigner::sign(VideoId video) const
{
    const std::string id = video.text();
    const auto epoch = epochs_.find(id);
    const std::string signed_text = "media " + id + ' ' + std::to_string(epoch == epochs_.end() ? 0 : epoch->second);
    const Sha256 digest = hmac_sha256(key_, signed_text);
    return to_base64url({reinterpret_cast<const char*>(digest.data()), digest.size() / 2});
}

bool MediaSigner::check(VideoId video, std::string_view signature) const
{
    return equal_in_constant_time(sign(video), signature);
}

Task<std::string> MediaUrls::key()
{
    static constexpr Sql insert{"INSERT INTO access_keys (name, secret, created_at) VALUES ('media', $1, $2) "
                                "ON CONFLICT (name) DO NOTHING"};
    static constexpr Sql query{"SELECT secret FROM access_keys WHERE name = 'media'"};
    {
        const std::lock_guard lock(mutex_);
        if (!key_.empty())
            co_return key_;
    }
    Rows rows = co_await db_.read(query);
    if (rows.empty()) {
        // Two processes may come here at once: the first one's key is everybody's.
        co_await db_.write(insert, random_hex(32), std::int64_t(clock_.now().time_since_epoch().count()));
        rows = co_await db_.read(query);
    }
    const std::lock_guard lock(mutex_);
    key_ = rows.front().text(0);
    co_return key_;
}

std::shared_ptr<const MediaSigner> MediaUrls::remembered(std::uint64_t version)
{
    const std::lock_guard lock(mutex_);
    const auto found = snapshots_.find(std::this_thread::get_id());
    const bool current = found != snapshots_.end() && found->second.first == version;
    return current ? found->second.second : nullptr;
}

Task<std::shared_ptr<const MediaSigner>> MediaUrls::signer()
{
    static constexpr Sql query{"SELECT video_id, epoch FROM media_epochs"};
    const std::uint64_t version = co_await db_.version();
    if (auto signer = remembered(version))
        co_return signer;

    std::string key_text = co_await key();
    const Rows rows = co_await db_.read(query);
    std::map<std::string, std::int64_t> epochs;
    for (std::size_t i = 0; i < rows.size(); ++i)
        epochs.emplace(rows[i].text(0), rows[i].integer(1));
    auto signer = std::make_shared<const MediaSigner>(std::move(key_text), std::move(epochs));
    const std::lock_guard lock(mutex_);
    snapshots_[std::this_thread::get_id()] = {version, signer};
    co_return signer;
}

Task<> MediaUrls::revoke(VideoId video)
{
    static constexpr Sql upsert{"INSERT INTO media_epochs (video_id, epoch) VALUES ($1, 1) "
                                "ON CONFLICT (video_id) DO UPDATE SET epoch = media_epochs.epoch + 1"};
    co_await db_.write(upsert, video.text());
}

Task<> MediaUrls::forget(Transaction& transaction, VideoId video)
{
    static constexpr Sql forget{"DELETE FROM media_epochs WHERE video_id = $1"};
    co_await transaction.run(forget, video.text());
}

} // namespace vitrina
