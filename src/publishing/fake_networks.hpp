#pragma once
#include "core/clock.hpp"
#include "core/sleep.hpp"
#include "publishing/mishap.hpp"
#include "publishing/platforms/reply_json.hpp"
#include "publishing/wire.hpp"

#include <algorithm>
#include <charconv>
#include <functional>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

// What the tests of this room publish to: small stand-ins for the networks, strict about what they are sent, with a
// ledger of what was posted. Whatever they do not expect is a failure of the test.
namespace vitrina::fake {

inline void expect(bool holds, const std::string& what)
{
    if (!holds)
        throw Strictness("the fake network refuses: " + what);
}

inline std::string header(const Send& send, std::string_view name)
{
    return std::string(HttpReply{0, send.headers, {}}.header(name));
}

struct Post {
    std::string id, title, privacy, bytes, key, media;
    Instant at{};
    bool deleted = false;
};

class Youtube {
public:
    explicit Youtube(const Clock& clock) : clock_(clock) {}

    std::string token = "token-1"; // the one that is good just now
    std::string refresh_token = "refresh-1";
    int refreshes = 0, thumbnails = 0, sessions_opened = 0;
    int polls_until_processed = 2;
    std::string upload_status = "processed", failure, locked_privacy;
    std::optional<HttpReply> refresh_answer, thumbnail_answer, open_answer;
    bool lists_uploads = true;
    std::vector<Post> posts;
    std::uint64_t bytes_received = 0;

    void forget_sessions() { sessions_.clear(); }

    HttpReply answer(const Send& send, const std::string& bearer, const std::string& slice)
    {
        if (send.url == "https://oauth2.googleapis.com/token")
            return refresh(send);
        if (send.credentials != Send::Credentials::bearer || bearer != token)
            return {401, {}, R"({"error":{"code":401,"errors":[{"reason":"authError"}],"status":"UNAUTHENTICATED"}})"};
        if (send.url.starts_with("https://www.googleapis.com/upload/youtube/v3/videos?"))
            return open(send);
        if (send.url.starts_with("https://session/"))
            return put(send, slice);
        if (send.url.starts_with(
                "https://www.googleapis.com/upload/youtube/v3/thumbnails/set?uploadType=media&videoId=")) {
            ++thumbnails;
            return thumbnail_answer.value_or(HttpReply{200, {}, "{}"});
        }
        if (send.url.starts_with(api("videos?part=status,processingDetails&id=")))
            return show(send.url.substr(send.url.rfind('=') + 1));
        if (send.url.starts_with(api("videos?id=")) && send.method == "DELETE")
            return remove(send.url.substr(send.url.rfind('=') + 1));
        if (send.url == api("channels?part=contentDetails&mine=true"))
            return {200, {}, R"({"items":[{"contentDetails":{"relatedPlaylists":{"uploads":"UU1"}}}]})"};
        if (send.url == api("channels?part=snippet&mine=true"))
            return {200, {}, R"({"items":[{"id":"UC1","snippet":{"title":"Alice's channel"}}]})"};
        if (send.url == api("playlistItems?part=snippet&maxResults=50&playlistId=UU1"))
            return list();
        throw Strictness("unknown address " + send.method + " " + send.url);
    }

private:
    struct Session {
        std::uint64_t total = 0;
        std::string metadata, bytes, video;
    };

    static std::string api(const std::string& rest) { return "https://www.googleapis.com/youtube/v3/" + rest; }

    HttpReply refresh(const Send& send)
    {
        ++refreshes;
        if (refresh_answer)
            return *refresh_answer;
        expect(send.before.find("refresh_token=" + refresh_token) != std::string::npos, "another refresh token");
        token = "token-" + std::to_string(refreshes + 1);
        return {200, {}, R"({"access_token":")" + token + R"(","expires_in":3599,"token_type":"Bearer"})"};
    }

    HttpReply open(const Send& send)
    {
        if (open_answer)
            return *open_answer;
        expect(send.method == "POST", "open by POST");
        expect(send.url.find("uploadType=resumable") != std::string::npos, "resumable");
        expect(send.url.find("part=snippet,status") != std::string::npos, "parts");
        expect(header(send, "content-type") == "application/json; charset=UTF-8", "JSON");
        const std::string type = header(send, "X-Upload-Content-Type");
        expect(type.starts_with("video/") || type == "application/octet-stream", "type " + type);
        const std::string url = "https://session/" + std::to_string(++sessions_opened) + "?upload_id=secret";
        sessions_[url] = {std::stoull(header(send, "X-Upload-Content-Length")), send.before, {}, {}};
        return {200, {{"Location", url}}, ""};
    }

    HttpReply put(const Send& send, const std::string& slice)
    {
        expect(send.method == "PUT", "PUT to a session");
        const auto found = sessions_.find(send.url);
        if (found == sessions_.end())
            return {404, {}, ""};
        Session& session = found->second;
        const std::string range = header(send, "Content-Range");
        const std::string total = "/" + std::to_string(session.total);
        expect(range.ends_with(total), "total in " + range);
        if (range == "bytes *" + total) {
            expect(slice.empty(), "a probe has no body");
        } else if (session.video.empty()) {
            bytes_received += slice.size();
            const std::uint64_t first = std::stoull(range.substr(6)),
                                last = std::stoull(range.substr(range.find('-') + 1));
            // A connection cut half way delivers less than announced, and the server keeps that.
            expect(slice.size() <= last - first + 1, "length of the body");
            expect(last + 1 == session.total || (last + 1 - first) % (256 * 1024) == 0, "a multiple of 256 KiB");
            expect(first == session.bytes.size(), "no gap and no overlap: " + range);
            session.bytes += slice;
        }
        if (session.bytes.size() == session.total && session.video.empty())
            finish(session);
        if (!session.video.empty())
            return {201, {}, R"({"kind":"youtube#video","id":")" + session.video + R"("})"};
        if (session.bytes.empty())
            return {308, {}, ""};
        return {308, {{"range", "bytes=0-" + std::to_string(session.bytes.size() - 1)}}, ""};
    }

    void finish(Session& session)
    {
        const ReplyJson metadata(session.metadata);
        session.video = "video-" + std::to_string(posts.size() + 1);
        posts.push_back({session.video,
                         metadata.text({"snippet", "title"}),
                         metadata.text({"status", "privacyStatus"}),
                         session.bytes,
                         {},
                         {},
                         clock_.now()});
    }

    HttpReply show(const std::string& id)
    {
        const auto post = std::ranges::find(posts, id, &Post::id);
        if (post == posts.end() || post->deleted)
            return {200, {}, R"({"items":[]})"};
        const bool done = polls_[id]++ >= polls_until_processed;
        const std::string status = done ? upload_status : "uploaded";
        const std::string privacy = locked_privacy.empty() ? post->privacy : locked_privacy;
        return {200,
                {},
                R"({"items":[{"status":{"uploadStatus":")" + status + R"(","privacyStatus":")" + privacy +
                    R"(","failureReason":")" + failure + R"("}}]})"};
    }

    HttpReply remove(const std::string& id)
    {
        const auto post = std::ranges::find(posts, id, &Post::id);
        if (post == posts.end() || post->deleted)
            return {404, {}, R"({"error":{"errors":[{"reason":"videoNotFound"}]}})"};
        post->deleted = true;
        return {204, {}, ""};
    }

    HttpReply list()
    {
        std::string items;
        for (const Post& post : posts)
            if (lists_uploads)
                items += std::string(items.empty() ? "" : ",") + R"({"snippet":{"title":")" + post.title +
                         R"(","publishedAt":")" + rfc3339(post.at) + R"(","resourceId":{"videoId":")" + post.id +
                         R"("}}})";
        return {200, {}, R"({"items":[)" + items + "]}"};
    }

    const Clock& clock_;
    std::map<std::string, Session> sessions_;
    std::map<std::string, int> polls_;
};

class Mastodon {
public:
    explicit Mastodon(const Clock& clock) : clock_(clock) {}

    std::string token = "mastodon-token";
    int polls_until_ready = 2, characters = 500;
    bool knows_instance = true;
    std::optional<HttpReply> media_answer;
    std::vector<Post> posts;

    HttpReply answer(const Send& send, const std::string& bearer, const std::string& slice)
    {
        const std::string path = send.url.substr(std::string("https://mastodon.example").size());
        if (path == "/api/v2/instance")
            return knows_instance ? HttpReply{200,
                                              {},
                                              R"({"configuration":{"statuses":{"max_characters":)" +
                                                  std::to_string(characters) + "}}}"}
                                  : HttpReply{404, {}, R"({"error":"Not Found"})"};
        if (send.credentials != Send::Credentials::bearer || bearer != token)
            return {401, {}, R"({"error":"The access token is invalid"})"};
        if (path == "/api/v1/accounts/verify_credentials")
            return {200, {}, R"({"id":"42","username":"alice"})"};
        if (path == "/api/v2/media" && send.method == "POST")
            return upload(send, slice);
        if (path.starts_with("/api/v1/media/"))
            return medium(path.substr(14));
        if (path == "/api/v1/statuses" && send.method == "POST")
            return post(send);
        if (path == "/api/v1/accounts/42/statuses?limit=20&only_media=true")
            return list();
        if (path.starts_with("/api/v1/statuses/") && send.method == "DELETE")
            return remove(path.substr(17, path.find('?') - 17));
        throw Strictness("unknown address " + send.method + " " + send.url);
    }

private:
    struct Medium {
        std::string bytes;
        int polls = 0;
        bool attached = false;
    };

    HttpReply upload(const Send& send, const std::string& slice)
    {
        if (media_answer)
            return *media_answer;
        const std::string type = header(send, "Content-Type");
        const std::string boundary = type.substr(type.find("boundary=") + 9);
        expect(type.starts_with("multipart/form-data; boundary="), "multipart");
        expect(send.before.find("--" + boundary + "\r\n") != std::string::npos, "the boundary opens a part");
        expect(send.before.find("name=\"file\"; filename=\"") != std::string::npos, "the part is the file");
        expect(send.before.ends_with("\r\n\r\n"), "the part's headers end");
        expect(send.after == "\r\n--" + boundary + "--\r\n", "the boundary closes the body");
        const std::string id = std::to_string(100 + media_.size());
        media_[id] = {slice, 0, false};
        if (polls_until_ready == 0)
            return {200, {}, R"({"id":")" + id + R"(","url":"https://files"})"};
        return {202, {}, R"({"id":")" + id + R"(","url":null})"};
    }

    HttpReply medium(const std::string& id)
    {
        const auto found = media_.find(id);
        if (found == media_.end() || found->second.attached)
            return {404, {}, R"({"error":"Record not found"})"};
        if (found->second.polls++ < polls_until_ready)
            return {206, {}, R"({"id":")" + id + R"(","url":null})"};
        return {200, {}, R"({"id":")" + id + R"(","url":"https://files"})"};
    }

    HttpReply post(const Send& send)
    {
        const std::string key = header(send, "Idempotency-Key");
        expect(!key.empty(), "an Idempotency-Key");
        for (const Post& known : posts) // remembered for an hour
            if (known.key == key && clock_.now() < known.at + std::chrono::hours(1))
                return show(known);
        const ReplyJson body(send.before);
        const std::string media = body.text({"media_ids", "0"});
        const auto found = media_.find(media);
        if (found == media_.end() || found->second.attached)
            return {422, {}, R"({"error":"Validation failed: Media not found"})"};
        if (found->second.polls < polls_until_ready)
            return {422,
                    {},
                    R"({"error":"Cannot attach files that have not finished processing. Try again in a moment!"})"};
        found->second.attached = true;
        posts.push_back({std::to_string(900 + posts.size()), body.text({"status"}), body.text({"visibility"}),
                         found->second.bytes, key, media, clock_.now()});
        return show(posts.back());
    }

    static HttpReply show(const Post& post)
    {
        return {200, {}, R"({"id":")" + post.id + R"(","url":"https://mastodon.example/@alice/)" + post.id + R"("})"};
    }

    HttpReply list()
    {
        std::string items;
        for (const Post& post : posts)
            items += std::string(items.empty() ? "" : ",") + R"({"id":")" + post.id +
                     R"(","url":"https://mastodon.example/@alice/)" + post.id + R"(","media_attachments":[{"id":")" +
                     post.media + R"("}]})";
        return {200, {}, "[" + items + "]"};
    }

    HttpReply remove(const std::string& id)
    {
        const auto found = std::ranges::find(posts, id, &Post::id);
        if (found == posts.end() || found->deleted)
            return {404, {}, R"({"error":"Record not found"})"};
        found->deleted = true;
        return {200, {}, "{}"};
    }

    const Clock& clock_;
    std::map<std::string, Medium> media_;
};

// All of the networks behind one wire. `plan` decides about the n-th exchange (from 1).
class Internet final : public Wire {
public:
    explicit Internet(const Clock& clock) : youtube(clock), mastodon(clock) {}

    Youtube youtube;
    Mastodon mastodon;
    std::function<Mishap(int n, const Send& send)> plan;
    int exchanges = 0;
    int commits = 0; // that reached a network

    Task<Outcome> carry(Parcel parcel) override
    {
        const Send& send = parcel.send;
        co_await sleep_for(std::chrono::milliseconds(1)); // others get their turn
        const Mishap mishap = plan ? plan(++exchanges, send) : (++exchanges, Mishap::none);
        WireLoss unknown{Loss::unknown, "cut"};
        WireLoss not_sent{Loss::not_sent, "no connection"};
        if (mishap == Mishap::kill_before)
            throw Killed{};
        if (mishap == Mishap::not_sent)
            co_return not_sent;
        if (mishap == Mishap::drop_before)
            co_return unknown;
        HttpReply failed{500, {}, "oops"};
        if (mishap == Mishap::refused_500)
            co_return failed;

        std::string slice;
        if (send.slice) {
            slice.resize(mishap == Mishap::cut ? send.slice->length / 2 : send.slice->length);
            for (std::size_t at = 0; at < slice.size();) {
                const auto room = std::as_writable_bytes(std::span(slice)).subspan(at);
                const std::size_t got = co_await parcel.file->read(send.slice->offset + at, room);
                expect(got > 0, "the source ends early");
                at += got;
            }
        }
        commits += send.purpose == Send::Purpose::commit;
        const bool to_mastodon = send.url.starts_with("https://mastodon.example/");
        HttpReply reply = to_mastodon ? mastodon.answer(send, parcel.token.reveal(), slice)
                                      : youtube.answer(send, parcel.token.reveal(), slice);
        if (mishap == Mishap::drop_after || mishap == Mishap::cut)
            co_return unknown;
        if (mishap == Mishap::kill_after)
            throw Killed{};
        if (auto instead = answered_instead(mishap))
            reply = std::move(*instead);
        co_return reply;
    }
};

} // namespace vitrina::fake
