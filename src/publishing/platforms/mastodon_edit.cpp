#include "publishing/platforms/mastodon_edit.hpp"

#include "publishing/platforms/mastodon_post.hpp"
#include "publishing/platforms/mastodon_reply.hpp"
#include "publishing/platforms/post_text.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

namespace vitrina {
namespace {

namespace json = boost::json;

class MastodonEdit final : public Conversation {
public:
    MastodonEdit(PostEdit edit, std::string status, const AccountFacts& account, const Clock& clock)
        : edit_(std::move(edit)),
          status_(std::move(status)),
          address_(account.base_url + "/api/v1/statuses/" + url_escape(status_)),
          base_(account.base_url),
          clock_(clock)
    {
    }

    Step resume() override
    {
        question_ = Question::limits;
        return Send{.what = "ask for the server's limits",
                    .method = "GET",
                    .url = base_ + "/api/v2/instance",
                    .credentials = Send::Credentials::none};
    }

    Step on_reply(const HttpReply& reply) override
    {
        switch (question_) {
        case Question::limits: return on_limits(reply);
        case Question::status: return on_status(reply);
        case Question::edit: break;
        }
        const auto edited = mastodon_status(reply);
        return reply.status == 200 && edited ? Step(Published{status_, edited->url}) : trouble(reply);
    }

    Step on_loss(Loss) override { return Wait{Wait::Kind::transient, std::nullopt, "the connection was lost"}; }
    PublicationState stage() const override { return PublicationState::confirming; }
    std::string memory() const override { return "{}"; }
    std::uint64_t confirmed_bytes() const override { return 0; }

private:
    enum class Question { limits, status, edit };

    Step trouble(const HttpReply& reply) const
    {
        const bool gone = (reply.status == 404 || reply.status == 410) && !mastodon_error(reply).empty();
        return gone ? no_post_to_edit() : mastodon_trouble(reply, clock_.now());
    }

    Step on_limits(const HttpReply& reply)
    {
        if (reply.status >= 500 || reply.status == 429)
            return mastodon_trouble(reply, clock_.now());
        const MastodonLimits limits = reply.status == 200 ? mastodon_limits(reply) : MastodonLimits{};
        text_ = mastodon_text(edit_.order, limits);
        if (const auto length = mastodon_characters(text_, limits.characters_per_url); length > limits.characters)
            return Refused{Refused::Kind::invalid_content, "limits",
                           "the text has " + std::to_string(length) + " characters, the server takes " +
                               std::to_string(limits.characters)};
        question_ = Question::status;
        return Send{.what = "read what the status shows", .method = "GET", .url = address_};
    }

    Step on_status(const HttpReply& reply)
    {
        if (reply.status != 200 || !mastodon_status(reply))
            return trouble(reply);
        const ReplyJson read(reply.body);
        json::array media;
        for (std::size_t i = 0; i < read.size({"media_attachments"}); ++i)
            media.emplace_back(read.text({"media_attachments", std::to_string(i), "id"}));
        const auto* sensitive = read.find({"sensitive"});
        json::object body{{"status", text_},
                          {"media_ids", std::move(media)},
                          {"sensitive", sensitive && sensitive->is_bool() && sensitive->get_bool()},
                          {"spoiler_text", edit_.changes("spoiler_text") ? option_text(edit_.order, "spoiler_text")
                                                                         : read.text({"spoiler_text"})}};
        if (std::string language = read.text({"language"}); !language.empty())
            body["language"] = std::move(language);
        question_ = Question::edit;
        return Send{.what = "change what the status says",
                    .method = "PUT",
                    .url = address_,
                    .headers = {{"Content-Type", "application/json"}},
                    .before = json::serialize(body)};
    }

    PostEdit edit_;
    std::string status_, address_, base_;
    const Clock& clock_;
    std::string text_;
    Question question_ = Question::limits;
};

} // namespace

std::unique_ptr<Conversation> make_mastodon_edit(PostEdit edit, const std::string& status, const AccountFacts& account,
                                                 const Clock& clock)
{
    return std::make_unique<MastodonEdit>(std::move(edit), status, account, clock);
}

} // namespace vitrina
