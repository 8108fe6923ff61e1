#include "sandbox/linkedin_posts.hpp"

#include "sandbox/checks.hpp"
#include "sandbox/linkedin.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>

namespace vitrina::sandbox {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

constexpr std::size_t longest_text = 3000, most_posts = 100;
constexpr auto duplicates_count_for = 10min;
constexpr std::string_view marks = "\\|{}@[]()<>*_~";

Refusal invalid(std::string code, std::string words)
{
    return {400, std::move(code), std::move(words)};
}

// What LinkedIn would cut off without a word is refused here: a mark without a backslash before it.
void check_little_text(std::string_view text)
{
    const auto length = count_characters(text);
    if (!length || *length > longest_text)
        throw invalid("FIELD_LENGTH_TOO_LONG", "commentary has more than 3000 characters, or is no text.");
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\' && i + 1 < text.size())
            ++i;
        else if (marks.find(text[i]) != marks.npos)
            throw invalid("ILLEGAL_ARGUMENT", "commentary has an unescaped " + std::string(1, text[i]) + ".");
    }
}

std::string author_of(const Post& post)
{
    return text_of(json::parse(post.details).as_object(), "author");
}

} // namespace

void LinkedinPosts::check_limits(const Call& call, const Account& account) const
{
    const auto posts = world_.ledger.list("linkedin", account.name);
    const auto today = std::chrono::floor<std::chrono::days>(world_.clock.now());
    const bool reached =
        is_set(account, "limits", false) &&
        std::size_t(std::ranges::count_if(posts, [&](const Post& post) { return post.accepted >= today; })) >=
            most_posts;
    if (reached || call.scripted("quota_exceeded"))
        throw Refusal{429, "TOO_MANY_REQUESTS", "Resource level throttle MEMBER DAY limit for calls is reached."};
}

Response LinkedinPosts::create(Call& call, const Account& account)
{
    allow_query(call, {});
    const json::object body = require_json(call);
    check_members(body, "",
                  {{"author", Kind::text, true},
                   {"commentary", Kind::text, true},
                   {"visibility", Kind::text, true},
                   {"distribution", Kind::object, true},
                   {"content", Kind::object},
                   {"lifecycleState", Kind::text, true},
                   {"isReshareDisabledByAuthor", Kind::boolean}});
    const std::string author = text_of(body, "author");
    if (author != linkedin_person(account) && author != linkedin_organisation(account))
        throw Refusal{403, "ACCESS_DENIED", "The author is not the member, nor an organisation of theirs."};
    constexpr std::array<std::string_view, 3> visibilities{"PUBLIC", "CONNECTIONS", "LOGGED_IN"};
    if (std::ranges::find(visibilities, text_of(body, "visibility")) == visibilities.end() ||
        text_of(body, "lifecycleState") != "PUBLISHED")
        throw invalid("ILLEGAL_ARGUMENT", "visibility or lifecycleState is none that the sandbox knows.");
    const json::object& distribution = body.at("distribution").get_object();
    if (text_of(distribution, "feedDistribution") != "MAIN_FEED" || !distribution.contains("targetEntities") ||
        !distribution.contains("thirdPartyDistributionChannels"))
        throw invalid("ILLEGAL_ARGUMENT", "distribution is incomplete.");
    check_little_text(text_of(body, "commentary"));
    check_limits(call, account);
    if (!body.contains("content"))
        throw invalid("ILLEGAL_ARGUMENT", "The sandbox takes posts with a video.");
    const json::object& content = body.at("content").get_object();
    check_members(content, "content", {{"media", Kind::object, true}});
    const json::object& media = content.at("media").get_object();
    check_members(media, "content.media", {{"id", Kind::text, true}, {"title", Kind::text}});
    const auto video = videos_.find(text_of(media, "id"));
    if (!video || video->owner != author)
        throw invalid("INVALID_URN_ID", "The video is unknown, or another's.");
    if (video->ready == Instant{} || video->ready > world_.clock.now())
        throw invalid("MEDIA_ASSET_WAITING_UPLOAD", "The video is not there yet.");
    if (!video->failure.empty())
        throw invalid("MEDIA_ASSET_PROCESSING_FAILED", "The video cannot be processed: " + video->failure);
    for (const Post& post : world_.ledger.list("linkedin", account.name))
        if (!post.deleted && post.text == text_of(body, "commentary") && author_of(post) == author &&
            post.accepted + duplicates_count_for > world_.clock.now())
            throw Refusal{422, "DUPLICATE_POST", "Content is a duplicate of urn:li:share:" + post.id};

    Post post{"linkedin", account.name, world_.names.number(19), "video"};
    post.title = text_of(media, "title");
    post.text = text_of(body, "commentary");
    post.privacy = text_of(body, "visibility");
    post.details = json::serialize(body);
    post.url = "https://www.linkedin.com/feed/update/urn:li:share:" + post.id + "/";
    post.sha256 = video->sha256;
    post.size = video->size;
    post.source = text_of(media, "id");
    post.ready = world_.clock.now(); // its video was processed before
    const auto upload = world_.uploads.find("linkedin", video->id).value();
    Transaction transaction(world_.database);
    post = accept(call, std::move(post));
    if (upload.post.empty())
        videos_.attach(*video, post.id);
    transaction.commit();
    if (upload.post.empty())
        world_.uploads.forget_bytes(upload, video->sha256);
    Response response(201);
    response.headers.add("x-restli-id", "urn:li:share:" + post.id);
    return response;
}

Response LinkedinPosts::update(Call& call, const Account& account)
{
    if (call.request.headers.get("X-RestLi-Method") != "PARTIAL_UPDATE")
        throw invalid("ILLEGAL_ARGUMENT", "X-RestLi-Method must be PARTIAL_UPDATE.");
    allow_query(call, {});
    const json::object body = require_json(call);
    check_members(body, "", {{"patch", Kind::object, true}});
    const json::object& patch = body.at("patch").get_object();
    check_members(patch, "patch", {{"$set", Kind::object, true}});
    const json::object& set = patch.at("$set").get_object();
    check_members(set, "patch.$set", {{"commentary", Kind::text, true}});
    check_little_text(text_of(set, "commentary"));
    const std::string_view urn = call.parameter("urn");
    auto post = world_.ledger.find("linkedin", urn.substr(urn.rfind(':') + 1));
    if (!post || post->deleted)
        throw Refusal{404, "NOT_FOUND", "The post is unknown."};
    if (post->account != account.name)
        throw Refusal{403, "ACCESS_DENIED", "The post is another's."};
    post->text = text_of(set, "commentary");
    world_.ledger.edit(*post);
    return Response(204);
}

Response LinkedinPosts::remove(Call& call, const Account& account)
{
    if (call.request.headers.get("X-RestLi-Method") != "DELETE")
        throw invalid("ILLEGAL_ARGUMENT", "X-RestLi-Method must be DELETE.");
    const std::string_view urn = call.parameter("urn");
    const auto post = world_.ledger.find("linkedin", urn.substr(urn.rfind(':') + 1));
    if (post && post->account != account.name)
        throw Refusal{403, "ACCESS_DENIED", "The post is another's."};
    if (post && !post->deleted)
        world_.ledger.mark_deleted(*post, world_.clock.now());
    return Response(204); // repeatable
}

json::object LinkedinPosts::post_json(const Post& post) const
{
    const json::object body = json::parse(post.details).as_object();
    return {{"id", "urn:li:share:" + post.id},
            {"author", body.at("author")},
            {"commentary", post.text},
            {"content", body.at("content")},
            {"lifecycleState", "PUBLISHED"}};
}

Response LinkedinPosts::list(Call& call, const Account& account) const
{
    allow_query(call, {"q", "author", "count", "sortBy"});
    if (require_query(call, "q") != "author" || require_query(call, "sortBy") != "CREATED")
        throw invalid("ILLEGAL_ARGUMENT", "The sandbox lists by author and creation.");
    if (require_query(call, "author") != linkedin_organisation(account))
        throw Refusal{403, "ACCESS_DENIED", "Not enough permissions to access: posts.FINDER-author"};
    std::size_t most = 0;
    const std::string text = call.request.query_value("count").value_or("10");
    std::from_chars(text.data(), text.data() + text.size(), most);
    std::vector<Post> posts = world_.ledger.list("linkedin", account.name);
    std::reverse(posts.begin(), posts.end());
    json::array elements;
    for (const Post& post : posts)
        if (!post.deleted && post.listed <= world_.clock.now() && elements.size() < most &&
            author_of(post) == linkedin_organisation(account))
            elements.push_back(post_json(post));
    return json_response(200, json::object{{"elements", std::move(elements)}, {"paging", json::object()}});
}

Response LinkedinPosts::show(Call& call, const Account& account) const
{
    const std::string_view urn = call.parameter("urn");
    const auto post = world_.ledger.find("linkedin", urn.substr(urn.rfind(':') + 1));
    if (!post || post->deleted)
        throw Refusal{404, "NOT_FOUND", "The post is unknown."};
    if (author_of(*post) != linkedin_organisation(account))
        throw Refusal{403, "ACCESS_DENIED", "Not enough permissions to access: posts.GET"};
    return json_response(200, post_json(*post));
}

Response LinkedinPosts::page(Call& call) const
{
    const std::string_view urn = call.parameter("urn");
    const auto post = world_.ledger.find("linkedin", urn.substr(urn.rfind(':') + 1));
    if (!post || post->deleted || post->privacy != "PUBLIC")
        return Response(404, "text/plain; charset=utf-8", "Sandbox: this post cannot be displayed.\n");
    return Response(200, "text/plain; charset=utf-8", "Sandbox, not LinkedIn.\n\n" + post->text + "\n");
}

} // namespace vitrina::sandbox
