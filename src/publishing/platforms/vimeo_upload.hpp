#pragma once
#include "publishing/platforms/vimeo.hpp"
#include "publishing/platforms/vimeo_reply.hpp"

#include <string>
#include <vector>

namespace vitrina {

// From a placeholder to Vimeo's word that the video can be watched.
//
// The placeholder has the video's number from the start, and its bytes arrive by tus. With the last byte the video
// comes to be: the request that holds it is the commit. What became of it is asked of the upload, and where that is
// gone, of the video, whose number is known. Before anything is sent anew, the placeholder that was is deleted: so
// there is never more than one.
class VimeoUpload final : public Conversation {
public:
    // References must outlive it.
    VimeoUpload(const PublishOrder& order, std::string_view memory, const VimeoOptions& options, const Clock& clock);

    Step resume() override;
    Step on_reply(const HttpReply& reply) override;
    Step on_loss(Loss loss) override;
    PublicationState stage() const override { return stage_; }
    std::string memory() const override;
    std::uint64_t confirmed_bytes() const override { return offset_; }

private:
    enum class Question { orphans, create, tag, offset, piece, last_piece, drop, video };

    Step look_for_orphans();
    Step create();
    Step next_tag();
    Step ask_offset();
    Step send_piece();
    Step drop_placeholder();
    Step ask_video();

    Step on_orphans(const HttpReply& reply);
    Step on_created(const HttpReply& reply);
    Step on_tagged(const HttpReply& reply);
    Step on_upload(const HttpReply& reply);
    Step on_upload_gone();
    Step on_dropped(const HttpReply& reply);
    Step on_video(const HttpReply& reply);
    Step on_video_in_doubt(const HttpReply& reply);

    Step arrived();
    Step begin_anew();
    Step processing();
    Send call(std::string what, std::string method, std::string path) const;

    const PublishOrder& order_;
    const VimeoOptions& options_;
    const Clock& clock_;
    std::vector<std::string> tags_;
    Question question_ = Question::create;

    // Remembered:
    PublicationState stage_ = PublicationState::opening;
    Instant created_at_{};      // a placeholder was asked for; {}: none is in the dark
    int uploads_ = 0;           // placeholders made so far
    std::string video_, upload_; // its number; where its bytes go, which authorises by itself
    std::size_t tagged_ = 0;
    std::uint64_t offset_ = 0; // stored by Vimeo
    int stuck_ = 0;            // answers in a row without progress
    Instant committed_at_{};   // the last piece went out
    int doubts_ = 0;           // looks at the video after its upload was gone
    Instant finished_at_{};
    int looks_ = 0; // at its processing
};

} // namespace vitrina
