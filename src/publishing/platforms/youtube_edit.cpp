#include "publishing/platforms/youtube_edit.hpp"

#include "publishing/platforms/post_text.hpp"
#include "publishing/platforms/youtube_reply.hpp"

#include <array>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

namespace vitrina {
namespace {

namespace json = boost::json;

const std::string videos = "https://www.googleapis.com/youtube/v3/videos?part=snippet";

// Of a snippet, what an update may set; the rest of it is YouTube's own.
constexpr std::array settable{"title", "description", "tags", "categoryId", "defaultLanguage", "defaultAudioLanguage"};

class YoutubeEdit final : public Conversation {
public:
    YoutubeEdit(PostEdit edit, std::string video, const Clock& clock)
        : edit_(std::move(edit)), video_(std::move(video)), clock_(clock)
    {
    }

    Step resume() override
    {
        is_read_ = false;
        return Send{.what = "read what the video says", .method = "GET", .url = videos + "&id=" + url_escape(video_)};
    }

    Step on_reply(const HttpReply& reply) override
    {
        if (reply.status != 200)
            return youtube_trouble(reply, clock_.now());
        if (is_read_)
            return Published{video_, {}};
        const ReplyJson read(reply.body);
        const auto* snippet = read.find({"items", "0", "snippet"});
        const auto* had = snippet ? snippet->if_object() : nullptr;
        if (!had && read.find({"items"}) && read.size({"items"}) == 0)
            return no_post_to_edit();
        if (!had)
            return Wait{Wait::Kind::transient, std::nullopt, "YouTube's answer about the video cannot be read"};
        return write(*had);
    }

    Step on_loss(Loss) override { return Wait{Wait::Kind::transient, std::nullopt, "the connection was lost"}; }
    PublicationState stage() const override { return PublicationState::confirming; }
    std::string memory() const override { return "{}"; }
    std::uint64_t confirmed_bytes() const override { return 0; }

private:
    Step write(const json::object& had)
    {
        json::object snippet;
        for (const char* name : settable)
            if (const auto* value = had.if_contains(name))
                snippet[name] = *value;
        const json::object before = snippet;
        const PostText text = post_text(edit_.order);
        if (edit_.changes("title"))
            snippet["title"] = text.title;
        if (edit_.changes("description"))
            snippet["description"] = text.description;
        if (edit_.changes("tags"))
            snippet["tags"] = json::array(text.tags.begin(), text.tags.end());
        if (!snippet.contains("categoryId"))
            snippet["categoryId"] = option_text(edit_.order, "category", "22");
        if (snippet == before) // it says so already: an update costs fifty of the day's units
            return Published{video_, {}};
        is_read_ = true;
        return Send{.what = "change what the video says",
                    .method = "PUT",
                    .url = videos,
                    .headers = {{"Content-Type", "application/json; charset=UTF-8"}},
                    .before = json::serialize(json::object{{"id", video_}, {"snippet", std::move(snippet)}})};
    }

    PostEdit edit_;
    std::string video_;
    const Clock& clock_;
    bool is_read_ = false;
};

} // namespace

std::unique_ptr<Conversation> make_youtube_edit(PostEdit edit, const std::string& video, const Clock& clock)
{
    return std::make_unique<YoutubeEdit>(std::move(edit), video, clock);
}

} // namespace vitrina
