#pragma once
#include "publishing/platforms/peertube.hpp"
#include "publishing/platforms/peertube_reply.hpp"

#include <string>

namespace vitrina {

// From opening an upload to the server's word that the video is published.
//
// The video comes to be with the last byte, so the request that holds it is the commit; whether it arrived is found out
// by asking the upload, which answers with the finished video for some fifteen minutes. After that the user's own list
// is asked, which shows a video as soon as the server has it.
class PeertubeUpload final : public Conversation {
public:
    // References must outlive it.
    PeertubeUpload(const PublishOrder& order, const AccountFacts& account, std::string_view memory,
                   const PeertubeOptions& options, const Clock& clock);

    Step resume() override;
    Step on_reply(const HttpReply& reply) override;
    Step on_loss(Loss loss) override;
    PublicationState stage() const override { return stage_; }
    std::string memory() const override;
    std::uint64_t confirmed_bytes() const override { return offset_; }
    int posts_found() const override { return found_; }

private:
    enum class Question { open, chunk, last_chunk, probe, list, video };

    Step open();
    Step send_chunk();
    Step probe();
    Step ask_list();
    Step ask_video();

    Step on_opened(const HttpReply& reply);
    Step on_upload(const HttpReply& reply);
    Step on_stored(const HttpReply& reply);
    Step on_finished(const HttpReply& reply);
    Step on_upload_lost();
    Step on_list(const HttpReply& reply);
    Step on_video(const HttpReply& reply);

    bool looks_like_ours(const PeertubeVideo& video) const;
    Step open_anew();
    Step processing();
    std::string upload_address() const;

    const PublishOrder& order_;
    const AccountFacts& account_;
    const PeertubeOptions& options_;
    const Clock& clock_;
    Question question_ = Question::open;
    int found_ = 0; // videos in the list that look like ours

    // Remembered:
    PublicationState stage_ = PublicationState::opening;
    std::string upload_; // its id
    int uploads_ = 0; // opened so far
    std::uint64_t offset_ = 0; // stored by the server
    int stuck_ = 0; // answers in a row without progress
    Instant committed_at_{}; // the last chunk went out
    std::string refusal_code_, refusal_words_; // the last chunk's, until the upload or the list has confirmed it
    int list_looks_ = 0;
    std::string video_, short_; // the finished video's ids
    Instant finished_at_{};
    int looks_ = 0; // at its processing
};

} // namespace vitrina
