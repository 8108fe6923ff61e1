#pragma once
#include "publishing/platforms/linkedin.hpp"
#include "publishing/platforms/linkedin_reply.hpp"

#include <string>
#include <vector>

namespace vitrina {

// What LinkedIn takes of one post, in characters.
inline constexpr std::size_t linkedin_longest_text = 3000;

// The text: the option "text", else title, description and hashtags as far as they fit. Not yet escaped.
std::string linkedin_commentary(const PublishOrder& order);

// From opening an upload to the post's number.
//
// LinkedIn says itself which bytes go to which address; a part may be sent again. The post is the commit, without a
// key. What became of it can be seen by an organisation, among its last posts; a member may not read posts, and is
// asked to look.
class LinkedinPost final : public Conversation {
public:
    // References must outlive it.
    LinkedinPost(const PublishOrder& order, const AccountFacts& account, std::string_view memory,
                 const LinkedinOptions& options, const Clock& clock);

    Step resume() override;
    Step on_reply(const HttpReply& reply) override;
    Step on_loss(Loss loss) override;
    PublicationState stage() const override { return stage_; }
    std::string memory() const override;
    std::uint64_t confirmed_bytes() const override;
    int posts_found() const override { return found_; }

private:
    enum class Question { open, part, finish, look, post, list, duplicate };

    Step open();
    Step send_part();
    Step finish();
    Step look();
    Step post();
    Step reconcile();

    Step on_opened(const HttpReply& reply);
    Step on_part(const HttpReply& reply);
    Step on_finished(const HttpReply& reply);
    Step on_video(const HttpReply& reply);
    Step on_posted(const HttpReply& reply);
    Step on_list(const HttpReply& reply);
    Step on_duplicate(const HttpReply& reply);

    Step upload_anew(const HttpReply& reply);
    Step not_yet();
    Step published(std::string urn);
    Step in_doubt(std::string why);
    bool can_read_posts() const;
    Send call(std::string what, std::string method, std::string path) const;
    Send calling(std::string what, std::string path, const boost::json::object& body) const;

    const PublishOrder& order_;
    const AccountFacts& account_;
    const LinkedinOptions& options_;
    const Clock& clock_;
    Question question_ = Question::open;
    int found_ = 0;

    // Remembered:
    PublicationState stage_ = PublicationState::opening;
    LinkedinUpload upload_;
    int uploads_ = 0; // opened so far
    std::vector<std::string> etags_; // of the parts that are there
    bool quoted_ = false; // LinkedIn wanted the tags as they came
    bool finished_ = false; // it was told that all parts are there
    int looks_ = 0; // at the processing
    int stalls_ = 0; // looks in a row that told nothing
    Instant posted_at_{};
    int looks_for_post_ = 0;
    std::string duplicate_; // what LinkedIn says is the same
};

} // namespace vitrina
