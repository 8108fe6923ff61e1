#pragma once
#include "publishing/platforms/x.hpp"
#include "publishing/platforms/x_reply.hpp"

#include <string>

namespace vitrina {

// What X takes of one post: 280 as it counts.
inline constexpr std::size_t x_longest_text = 280;

// The text: the option "text", else title, description and hashtags as far as they fit.
std::string x_text(const PublishOrder& order);
// "$VTRN": X takes one at most.
std::size_t x_cashtags(std::string_view text);

// From opening an upload to the post's address.
//
// X has no idempotency key and no way to ask how far an upload is: pieces are counted here, and one that may have
// arrived is sent again under its number. The post is the commit. After a loss it is looked for among the account's
// last posts, by the medium it shows; X may list it late, so that it is not there proves nothing.
class XPost final : public Conversation {
public:
    // References must outlive it.
    XPost(const PublishOrder& order, const AccountFacts& account, std::string_view memory, const XOptions& options,
          const Clock& clock);

    Step resume() override;
    Step on_reply(const HttpReply& reply) override;
    Step on_loss(Loss loss) override;
    PublicationState stage() const override { return stage_; }
    std::string memory() const override;
    std::uint64_t confirmed_bytes() const override;
    int posts_found() const override { return found_; }

private:
    enum class Question { open, piece, finish, look, post, list };

    Step open();
    Step send_piece();
    Step finish();
    Step look();
    Step post();
    Step reconcile();

    Step on_opened(const HttpReply& reply);
    Step on_piece(const HttpReply& reply);
    Step on_finished(const HttpReply& reply);
    Step on_posted(const HttpReply& reply);
    Step on_list(const HttpReply& reply);
    Step on_upload_lost(const HttpReply& reply);

    Step processing(const XMedia& media);
    Step published(const std::string& id);
    Step in_doubt(std::string why);
    std::uint64_t pieces() const;
    Send call(std::string what, std::string method, std::string_view path) const;

    const PublishOrder& order_;
    const AccountFacts& account_;
    const XOptions& options_;
    const Clock& clock_;
    Question question_ = Question::open;
    int found_ = 0;

    // Remembered:
    PublicationState stage_ = PublicationState::opening;
    std::string media_;
    int uploads_ = 0; // opened so far
    std::uint64_t piece_size_ = 0; // of this upload
    std::uint64_t stored_ = 0; // pieces
    bool finished_ = false; // X was told that all pieces are there
    Instant posted_at_{};
    int looks_for_post_ = 0;
};

} // namespace vitrina
