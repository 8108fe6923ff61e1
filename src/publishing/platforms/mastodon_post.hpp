#pragma once
#include "publishing/platforms/mastodon.hpp"
#include "publishing/platforms/mastodon_reply.hpp"

#include <string>

namespace vitrina {

// From asking for the server's limits to a status with the video in it.
//
// Posting the status is the commit. The server remembers its key for an hour: within it, what became of a post without
// an answer is found out by posting again with the same key, which gives back the first one.
class MastodonPost final : public Conversation {
public:
    // References must outlive it.
    MastodonPost(const PublishOrder& order, const AccountFacts& account, std::string_view memory,
                 const MastodonOptions& options, const Clock& clock);

    Step resume() override;
    Step on_reply(const HttpReply& reply) override;
    Step on_loss(Loss loss) override;
    PublicationState stage() const override { return stage_; }
    std::string memory() const override;
    std::uint64_t confirmed_bytes() const override { return media_.empty() ? 0 : order_.size; }

private:
    enum class Question { limits, upload, media, post, again, list, attached };

    Step ask_limits();
    Step upload();
    Step ask_media();
    Step post(Send::Purpose purpose);
    Step reconcile();
    Step ask_list();
    Step ask_attached();

    Step on_limits(const HttpReply& reply);
    Step on_uploaded(const HttpReply& reply);
    Step on_media(const HttpReply& reply);
    Step on_posted(const HttpReply& reply);
    Step on_list(const HttpReply& reply);
    Step on_attached(const HttpReply& reply);
    Step processing();
    Step in_doubt(std::string why);
    Step published(const MastodonStatus& status);

    const PublishOrder& order_;
    const AccountFacts& account_;
    const MastodonOptions& options_;
    const Clock& clock_;
    Question question_ = Question::limits;

    // Remembered:
    PublicationState stage_ = PublicationState::opening;
    std::string text_;  // of the status, once the limits are known
    std::string media_; // the uploaded video's id
    int uploads_ = 0;
    int looks_ = 0;
    Instant committed_at_{}; // the first time the status was sent
    Instant posted_at_{};    // the last time, with the same key
};

// The text of the status: the "text" option, else title, description and tags as far as they fit.
std::string mastodon_text(const PublishOrder& order, const MastodonLimits& limits);

} // namespace vitrina
