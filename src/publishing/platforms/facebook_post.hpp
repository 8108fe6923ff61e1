#pragma once
#include "publishing/platforms/facebook.hpp"
#include "publishing/platforms/facebook_reply.hpp"

#include <string>

namespace vitrina {

// 9:16, give or take a hundredth.
bool is_upright_reel(const PublishOrder& order);
// What the order becomes: the option "kind", else a reel where the video is one (upright 9:16, 3 to 90 seconds).
bool is_facebook_reel(const PublishOrder& order);
// The description with its hashtags.
std::string facebook_description(const PublishOrder& order);

// From opening an upload to the video that people see.
//
// The video's id is known from the start, and nothing is public before "finish", which is the commit. What became of
// one without an answer is read off the video itself: it is sent again only when its phases show that it did not
// arrive.
class FacebookPost final : public Conversation {
public:
    // References must outlive it.
    FacebookPost(const PublishOrder& order, const AccountFacts& account, std::string_view memory,
                 const FacebookOptions& options, const Clock& clock);

    Step resume() override;
    Step on_reply(const HttpReply& reply) override;
    Step on_loss(Loss loss) override;
    PublicationState stage() const override { return stage_; }
    std::string memory() const override;
    std::uint64_t confirmed_bytes() const override
    {
        return stage_ > PublicationState::uploading ? order_.size : sent_;
    }

private:
    enum class Question { start, part, rest, offset, finish, look };

    Step start();
    Step send_part();
    Step send_rest();
    Step ask_offset();
    Step finish();
    Step look();
    Step reconcile();

    Step on_started(const HttpReply& reply);
    Step on_part(const HttpReply& reply);
    Step on_rest(const HttpReply& reply);
    Step on_offset(const HttpReply& reply);
    Step on_finished(const HttpReply& reply);
    Step on_look(const HttpReply& reply);

    Step upload_anew(std::string words);
    Step trouble(const HttpReply& reply) const;
    Step in_doubt(std::string why);
    Step not_visible(const FacebookVideo& video);
    Step published(const FacebookVideo& video);
    Send edge(std::string what, const HttpFields& form) const;
    std::string node(std::string_view fields) const;

    const PublishOrder& order_;
    const AccountFacts& account_;
    const FacebookOptions& options_;
    const Clock& clock_;
    const bool reel_;
    Question question_ = Question::start;

    // Remembered:
    PublicationState stage_ = PublicationState::opening;
    FacebookUpload upload_;
    std::uint64_t sent_ = 0; // bytes Facebook says it has
    int uploads_ = 0;        // opened so far
    int looks_ = 0;
    Instant finished_at_{};
};

} // namespace vitrina
