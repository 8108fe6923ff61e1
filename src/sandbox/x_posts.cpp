#include "sandbox/x_posts.hpp"

#include "sandbox/checks.hpp"
#include "sandbox/x_text.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <charconv>

namespace vitrina::sandbox {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

constexpr auto duplicates_count_for = 24h;

Refusal invalid(std::string words)
{
    return {400, "invalid-request", std::move(words)};
}

std::string medium_of(const json::object& body)
{
    const json::value* media = body.if_contains("media");
    if (!media)
        return {};
    check_members(media->as_object(), "media", {{"media_ids", Kind::texts, true}});
    const std::vector<std::string> ids = texts_of(media->as_object(), "media_ids");
    if (ids.size() != 1)
        throw invalid("media_ids must name one video.");
    return ids.front();
}

} // namespace

bool XPosts::has_same_words(const std::string& account, const std::string& text) const
{
    const std::vector<Post> posts = world_.ledger.list("x", account);
    return std::any_of(posts.begin(), posts.end(), [&](const Post& post) {
        return !post.deleted && post.text == text && post.accepted + duplicates_count_for > world_.clock.now();
    });
}

void XPosts::check_text(const json::object& body, const Account& account) const
{
    const std::string text = text_of(body, "text");
    const auto length = x_length(text);
    if (!length)
        throw invalid("text is no text.");
    if (*length > x_limits::text && !is_set(account, "premium", false))
        throw Refusal{403, "client-forbidden", "Your Tweet text is too long."};
    if (x_cashtags(text) > 1)
        throw Refusal{403, "client-forbidden", "A post can have one cashtag at most."};
    if (has_same_words(account.name, text))
        throw Refusal{403, "forbidden", "You are not allowed to create a Tweet with duplicate content."};
}

Response XPosts::create(Call& call, const Account& account)
{
    allow_query(call, {});
    const json::object body = require_json(call);
    check_members(body, "",
                  {{"text", Kind::text},
                   {"media", Kind::object},
                   {"reply_settings", Kind::text},
                   {"made_with_ai", Kind::boolean},
                   {"paid_partnership", Kind::boolean}});
    const std::string replies = text_of(body, "reply_settings");
    if (body.contains("reply_settings") && replies != "following" && replies != "mentionedUsers")
        throw invalid("reply_settings must be following or mentionedUsers.");
    if (call.scripted("quota_exceeded"))
        throw Refusal{429, "usage-capped", "Usage cap exceeded: Monthly product cap"};
    if (is_set(account, "limits", false))
        posts_.count(account.name, world_.clock.now());
    const std::string id = medium_of(body);
    if (id.empty() && text_of(body, "text").empty())
        throw invalid("A post needs a text or a medium.");
    check_text(body, account);
    const std::optional<XMedium> medium = id.empty() ? std::nullopt : std::optional(media_.require_ready(account, id));

    Post post{"x", account.name, world_.names.number(19), medium ? "video" : "text"};
    post.text = text_of(body, "text");
    post.privacy = "public";
    post.details = json::serialize(body);
    post.url = "https://x.com/i/status/" + post.id;
    post.ready = world_.clock.now(); // its medium was processed before
    Transaction transaction(world_.database);
    if (medium) {
        post.sha256 = medium->sha256;
        post.size = medium->size;
        post.source = medium->id;
    }
    post = accept(call, std::move(post));
    if (medium)
        media_.attach(*medium, post.id);
    transaction.commit();
    if (medium)
        world_.uploads.forget_bytes(world_.uploads.find("x", medium->id).value(), medium->sha256);
    return json_response(201, json::object{{"data", {{"id", post.id}, {"text", post.text}}}});
}

Response XPosts::remove(Call& call, const Account& account)
{
    allow_query(call, {});
    if (is_set(account, "limits", false))
        deletes_.count(account.name, world_.clock.now());
    const auto post = world_.ledger.find("x", call.parameter("id"));
    if (!post || post->deleted)
        throw Refusal{404, "resource-not-found", "There is no such post."};
    if (post->account != account.name)
        throw Refusal{403, "not-authorized-for-resource", "The post is another account's."};
    world_.ledger.mark_deleted(*post, world_.clock.now());
    return json_response(200, json::object{{"data", {{"deleted", true}}}});
}

Response XPosts::list(Call& call, const Account& account)
{
    allow_query(call, {"max_results", "tweet.fields"});
    if (is_set(account, "limits", false))
        lists_.count(account.name, world_.clock.now());
    const std::string wanted = call.request.query_value("max_results").value_or("10");
    std::size_t most = 0;
    std::from_chars(wanted.data(), wanted.data() + wanted.size(), most);
    if (most < 5 || most > 100)
        throw invalid("max_results must be from 5 to 100.");
    const std::string fields = call.request.query_value("tweet.fields").value_or("");
    if (!fields.empty() && fields != "attachments")
        throw invalid("tweet.fields: the sandbox knows attachments.");
    if (call.parameter("id") != account.id)
        throw Refusal{403, "not-authorized-for-resource", "The sandbox lists one's own posts."};

    std::vector<Post> posts = world_.ledger.list("x", account.name);
    std::reverse(posts.begin(), posts.end());
    json::array data;
    for (const Post& post : posts) {
        if (post.deleted || post.listed > world_.clock.now() || data.size() == most)
            continue;
        json::object shown{{"id", post.id}, {"text", post.text}, {"edit_history_tweet_ids", json::array{post.id}}};
        if (!fields.empty() && !post.source.empty())
            shown["attachments"] = json::object{{"media_keys", json::array{"7_" + post.source}}};
        data.emplace_back(std::move(shown));
    }
    json::object answer{{"meta", {{"result_count", data.size()}}}};
    if (!data.empty()) // X leaves it out
        answer["data"] = std::move(data);
    return json_response(200, std::move(answer));
}

Response XPosts::page(Call& call) const
{
    const auto post = world_.ledger.find("x", call.parameter("id"));
    const std::string_view user = call.parameter("user");
    if (!post || post->deleted || (user != "i" && user != post->account))
        return Response(404, "text/plain; charset=utf-8", "Sandbox: this page doesn't exist.\n");
    return Response(200, "text/plain; charset=utf-8", "Sandbox, not X.\n\n" + post->text + "\n");
}

} // namespace vitrina::sandbox
