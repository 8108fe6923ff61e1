#pragma once
#include "publishing/platforms/tiktok.hpp"
#include "publishing/platforms/tiktok_reply.hpp"

#include <string>

namespace vitrina {

// The caption: the option "text", else title, description and hashtags as far as they fit.
std::string tiktok_caption(const PublishOrder& order);
// "PUBLIC_TO_EVERYONE" of the option "privacy"; "" when there is none.
std::string tiktok_privacy(const PublishOrder& order);
// Whether it goes into the person's inbox, who posts it over there.
bool is_for_tiktok_inbox(const PublishOrder& order);

// From asking what the account may do to TikTok's word that the video is posted, or lies in the inbox.
//
// TikTok posts by itself when it has the last byte, so the piece that holds it is the commit. From then on only
// status/fetch says what became of it. One upload makes at most one post, whatever is sent to it twice; a second upload
// is opened only when the first can make none any more.
class TiktokUpload final : public Conversation {
public:
    // References must outlive it.
    TiktokUpload(const PublishOrder& order, std::string_view memory, const TiktokOptions& options, const Clock& clock);

    Step resume() override;
    Step on_reply(const HttpReply& reply) override;
    Step on_loss(Loss loss) override;
    PublicationState stage() const override { return stage_; }
    std::string memory() const override;
    std::uint64_t confirmed_bytes() const override { return offset_; }

private:
    // What the last Send asked for.
    enum class Question { creator, init, chunk, last_chunk, status };

    Step begin();
    Step ask_creator();
    Step init(const TiktokCreator& creator);
    Step send_chunk();
    Step ask_status();

    Step on_creator(const HttpReply& reply);
    Step on_init(const HttpReply& reply);
    Step on_chunk(const HttpReply& reply);
    Step on_status(const HttpReply& reply);
    Step on_no_status(const HttpReply& reply);
    Step on_stored(std::uint64_t stored);
    Step on_incomplete(const TiktokStatus& status);
    Step on_upload_closed();
    Step on_posted(const TiktokStatus& status);
    Step on_failed(const std::string& reason);

    Step processing();
    Step in_inbox();
    Step open_another();
    Step begin_anew(std::string why);
    void forget_upload();
    std::uint64_t chunk_size() const;
    std::uint64_t chunk_end() const;

    const PublishOrder& order_;
    const TiktokOptions& options_;
    const Clock& clock_;
    Question question_ = Question::creator;

    // Remembered:
    PublicationState stage_ = PublicationState::opening;
    Instant asked_at_{}; // for an upload, when there was no answer so far
    bool mismatched_ = false; // TikTok refused a privacy level that it had offered
    std::string username_; // of the account, for the address
    std::string publish_id_, upload_url_;
    Instant opened_at_{};
    int uploads_ = 0; // opened so far
    std::uint64_t offset_ = 0; // stored by TikTok
    int stuck_ = 0; // answers in a row without progress
    Instant committed_at_{}; // the last byte went out to this upload
    bool closed_ = false; // the upload takes no more bytes
    int looks_ = 0; // at the processing
    Instant posted_at_{}; // TikTok first said so
    bool in_inbox_ = false;
    bool begun_anew_ = false; // after a failure of TikTok's own
};

} // namespace vitrina
