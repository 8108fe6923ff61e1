#include "publishing/platforms/vimeo_edit.hpp"

#include "publishing/platforms/post_text.hpp"
#include "publishing/platforms/reply_json.hpp"
#include "publishing/platforms/vimeo_reply.hpp"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <utility>

namespace vitrina {
namespace {

namespace json = boost::json;

class VimeoEdit final : public Conversation {
public:
    VimeoEdit(PostEdit edit, std::string video, const Clock& clock)
        : edit_(std::move(edit)), video_(std::move(video)), clock_(clock), text_(post_text(edit_.order))
    {
    }

    Step resume() override
    {
        calls_.clear();
        question_ = Question::words;
        if (!edit_.changes("title") && !edit_.changes("description"))
            return ask_tags();
        json::object body;
        if (edit_.changes("title"))
            body["name"] = text_.title;
        if (edit_.changes("description"))
            body["description"] = text_.description;
        Send send = call("change what the video says", "PATCH", "");
        send.headers.emplace_back("Content-Type", "application/json");
        send.before = json::serialize(body);
        return send;
    }

    Step on_reply(const HttpReply& reply) override
    {
        if (reply.status < 200 || reply.status > 299)
            return trouble(reply);
        switch (question_) {
        case Question::words: return edit_.changes("tags") ? ask_tags() : Step(Published{video_, {}});
        case Question::tags: return on_tags(reply);
        case Question::tag: break;
        }
        return next_tag();
    }

    Step on_loss(Loss) override { return Wait{Wait::Kind::transient, std::nullopt, "the connection was lost"}; }
    PublicationState stage() const override { return PublicationState::confirming; }
    std::string memory() const override { return "{}"; }
    std::uint64_t confirmed_bytes() const override { return 0; }

private:
    enum class Question { words, tags, tag };

    Send call(std::string what, std::string method, std::string path) const
    {
        return Send{.what = std::move(what),
                    .method = std::move(method),
                    .url = "https://api.vimeo.com/videos/" + url_escape(video_) + std::move(path),
                    .headers = {{"Accept", std::string(vimeo_accept)}}};
    }

    Step trouble(const HttpReply& reply)
    {
        const VimeoError error = vimeo_error(reply);
        const bool said = !(error.code + error.words).empty();
        if (question_ != Question::tag && reply.status == 404 && said)
            return no_post_to_edit();
        Step step = vimeo_trouble(reply, clock_.now());
        // A tag that Vimeo does not take, or does not have any more, is no reason to change nothing.
        return question_ == Question::tag && std::holds_alternative<Refused>(step) ? next_tag() : step;
    }

    Step ask_tags()
    {
        question_ = Question::tags;
        return call("ask for the video's tags", "GET", "/tags");
    }

    Step on_tags(const HttpReply& reply)
    {
        const ReplyJson read(reply.body);
        if (!read.find({"data"}))
            return Wait{Wait::Kind::transient, std::nullopt, "Vimeo's answer about the video's tags cannot be read"};
        std::vector<std::string> has;
        for (std::size_t i = 0; i < read.size({"data"}); ++i)
            has.push_back(read.text({"data", std::to_string(i), "name"}));
        const auto among = [](const std::vector<std::string>& words, const std::string& word) {
            return std::ranges::find(words, word) != words.end();
        };
        for (const std::string& word : text_.tags)
            if (!among(has, word))
                calls_.push_back(call("set a tag", "PUT", "/tags/" + url_escape(word)));
        for (const std::string& word : has)
            if (!word.empty() && !among(text_.tags, word))
                calls_.push_back(call("take a tag off", "DELETE", "/tags/" + url_escape(word)));
        std::ranges::reverse(calls_);
        return next_tag();
    }

    Step next_tag()
    {
        question_ = Question::tag;
        if (calls_.empty())
            return Published{video_, {}};
        Send send = std::move(calls_.back());
        calls_.pop_back();
        return send;
    }

    PostEdit edit_;
    std::string video_;
    const Clock& clock_;
    PostText text_;
    Question question_ = Question::words;
    std::vector<Send> calls_; // the last one first
};

} // namespace

std::unique_ptr<Conversation> make_vimeo_edit(PostEdit edit, const std::string& video, const Clock& clock)
{
    return std::make_unique<VimeoEdit>(std::move(edit), video, clock);
}

} // namespace vitrina
