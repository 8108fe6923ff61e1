#pragma once
#include "publishing/platforms/youtube.hpp"

#include <string>

namespace vitrina {

// From opening an upload session to YouTube's word that the video is there.
//
// Nothing exists on the channel before the last byte, so the chunk that holds it is the commit; whether it arrived is
// found out by asking the session, which answers with the finished video.
class YoutubeUpload final : public Conversation {
public:
    // References must outlive it.
    YoutubeUpload(const PublishOrder& order, std::string_view memory, const YoutubeOptions& options,
                  const Clock& clock);

    Step resume() override;
    Step on_reply(const HttpReply& reply) override;
    Step on_loss(Loss loss) override;
    PublicationState stage() const override { return stage_; }
    std::string memory() const override;
    std::uint64_t confirmed_bytes() const override { return offset_; }
    int posts_found() const override { return found_; }

private:
    // What the last Send asked for.
    enum class Question { open, chunk, last_chunk, probe, channel, uploads, video };

    Step open();
    Step send_chunk();
    Step probe();
    Step ask_channel();
    Step ask_uploads();
    Step ask_video();

    Step on_opened(const HttpReply& reply);
    Step on_session(const HttpReply& reply);
    Step on_stored(const HttpReply& reply);
    Step on_finished(const HttpReply& reply);
    Step on_session_lost();
    Step on_channel(const HttpReply& reply);
    Step on_uploads(const HttpReply& reply);
    Step on_video(const HttpReply& reply);
    Step processing();
    Step upload_anew();

    const PublishOrder& order_;
    const YoutubeOptions& options_;
    const Clock& clock_;
    Question question_ = Question::open;

    // Remembered:
    PublicationState stage_ = PublicationState::opening;
    std::string session_;        // its address; authorises by itself
    int sessions_ = 0;           // opened so far
    std::uint64_t offset_ = 0;   // stored by YouTube
    int stuck_ = 0;              // answers in a row without progress
    Instant committed_at_{};     // the last chunk went out
    std::string refusal_code_, refusal_words_; // the last chunk's, until the session has confirmed it
    std::string uploads_;        // the channel's playlist of uploads
    std::string video_;          // the finished video's id
    Instant finished_at_{};
    int looks_ = 0;              // at its processing
    std::string aborted_;        // the video that YouTube said it had lost bytes of

    int found_ = 0; // videos in the channel's list that look like ours
};

} // namespace vitrina
