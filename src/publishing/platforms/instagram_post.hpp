#pragma once
#include "publishing/platforms/instagram.hpp"
#include "publishing/platforms/instagram_reply.hpp"

#include <string>

namespace vitrina {

inline constexpr std::size_t instagram_longest_caption = 2200;

// The option "text", else title, description and hashtags as far as they fit: 2200 characters, 30 hashtags.
std::string instagram_caption(const PublishOrder& order);
// How many words of it begin with that sign: '#' or '@'.
int count_marked(std::string_view caption, char mark);

// From a container to the reel that people see.
//
// Containers cost nothing and nobody sees them. Publishing one is the commit; whether it happened is read off the
// container, also after an answer that is an error: "blocked" has come with the post live.
class InstagramPost final : public Conversation {
public:
    // References must outlive it.
    InstagramPost(const PublishOrder& order, const AccountFacts& account, std::string_view memory,
                  const InstagramOptions& options, const Clock& clock);

    Step resume() override;
    Step on_reply(const HttpReply& reply) override;
    Step on_loss(Loss loss) override;
    PublicationState stage() const override { return stage_; }
    std::string memory() const override;
    std::uint64_t confirmed_bytes() const override { return sent_; }
    int posts_found() const override { return found_; }

private:
    enum class Question { open, rest, look, limit, publish, outcome, list, link };

    Step open();
    Step send_rest();
    Step look();
    Step ask_limit();
    Step publish();
    Step reconcile();
    Step list();
    Step ask_link();

    Step on_opened(const HttpReply& reply);
    Step on_rest(const HttpReply& reply);
    Step on_look(const HttpReply& reply);
    Step on_limit(const HttpReply& reply);
    Step on_published(const HttpReply& reply);
    Step on_outcome(const HttpReply& reply);
    Step on_list(const HttpReply& reply);
    Step on_link(const HttpReply& reply);

    Step container_anew(std::string words);
    Step trouble(const HttpReply& reply) const;
    Step read_later(const HttpReply& reply) const;
    Step in_doubt(std::string why);
    Step not_there();
    Send ask(std::string what, std::string path) const;
    Send tell(std::string what, std::string edge, const HttpFields& form) const;

    const PublishOrder& order_;
    const AccountFacts& account_;
    const InstagramOptions& options_;
    const Clock& clock_;
    Question question_ = Question::open;
    int found_ = 0;

    // Remembered:
    PublicationState stage_ = PublicationState::opening;
    InstagramContainer container_;
    int containers_ = 0;     // opened so far
    std::uint64_t sent_ = 0; // bytes the container has
    int looks_ = 0;
    Instant published_at_{};
    std::string refused_; // what Instagram said when it did not publish, "4/2207051: words"; "" for nothing
    bool gone_ = false; // the container cannot be read any more
    std::string media_;
};

} // namespace vitrina
