#include "sandbox/mastodon_media.hpp"

#include "sandbox/checks.hpp"
#include "sandbox/posted_form.hpp"

#include <boost/json.hpp>

#include <algorithm>

namespace vitrina::sandbox {
namespace {

namespace json = boost::json;

constexpr std::string_view columns =
    "SELECT id, account, type, description, sha256, failure, status, size, ready FROM media ";

Media read_media(const Sqlite::Row& row)
{
    return {row[0],
            row[1],
            row[2],
            row[3],
            row[4],
            row[5],
            row[6],
            static_cast<std::uint64_t>(to_number(row[7])),
            to_instant(row[8])};
}

Refusal not_found()
{
    return {404, "notFound", "Record not found"};
}

} // namespace

MastodonMedia::MastodonMedia(World& world) : world_(world)
{
    world_.database.run(
        "CREATE TABLE IF NOT EXISTS media (id TEXT PRIMARY KEY, account TEXT, type TEXT, description TEXT,"
        " sha256 TEXT, failure TEXT, status TEXT, size INTEGER, ready INTEGER)");
}

std::optional<Media> MastodonMedia::find(std::string_view id) const
{
    const auto rows = world_.database.rows(std::string(columns) + "WHERE id = ?", id);
    return rows.empty() ? std::nullopt : std::optional(read_media(rows.front()));
}

std::vector<Media> MastodonMedia::of_status(const std::string& status) const
{
    std::vector<Media> media;
    for (const auto& row : world_.database.rows(std::string(columns) + "WHERE status = ? ORDER BY id", status))
        media.push_back(read_media(row));
    return media;
}

Task<Response> MastodonMedia::create(Call& call, const Token& token)
{
    std::vector<std::string> texts{"description", "focus"};
    std::vector<std::string> files{"file", "thumbnail"};
    const auto parts = co_await read_posted_form(call, std::move(texts), std::move(files));
    const PostedPart* file = find_part(parts, "file");
    if (!file || file->size == 0)
        throw Refusal{422, "invalid", "Validation failed: File can't be blank"};
    const auto& types = mastodon_limits::types;
    if (std::find(types.begin(), types.end(), file->content_type) == types.end())
        throw Refusal{422, "invalid", "Validation failed: File content type is invalid, File is invalid"};
    if (file->size > mastodon_limits::video_bytes)
        throw Refusal{422, "invalid", "Validation failed: File file size must be less than 99 MB"};
    const PostedPart* description = find_part(parts, "description");
    const std::string alternative_text = description ? description->bytes : "";
    if (count_characters(alternative_text).value_or(mastodon_limits::description + 1) > mastodon_limits::description)
        throw Refusal{422, "invalid", "Validation failed: Description is too long (maximum is 1500 characters)"};

    const Processing plan = plan_processing(call);
    const Media media{world_.names.number(18),
                      token.account,
                      file->content_type,
                      alternative_text,
                      file->sha256,
                      plan.failure,
                      "",
                      file->size,
                      plan.ready};
    if (!file->bytes.empty())
        world_.uploads.keep_bytes(file->sha256, file->bytes);
    world_.database.run("INSERT INTO media VALUES (?, ?, ?, ?, ?, ?, '', ?, ?)", media.id, media.account, media.type,
                        media.description, media.sha256, media.failure, media.size, media.ready);
    co_return json_response(media.ready <= world_.clock.now() ? 200 : 202, json(media));
}

Response MastodonMedia::show(const Call& call, const Token& token)
{
    const auto media = find(call.parameter("id"));
    if (!media || media->account != token.account || !media->status.empty())
        throw not_found();
    if (world_.clock.now() < media->ready)
        return json_response(206, json(*media));
    if (!media->failure.empty())
        throw Refusal{422, "invalid", "Error processing media: " + media->failure};
    return json_response(200, json(*media));
}

Response MastodonMedia::remove(const Call& call, const Token& token)
{
    const auto media = find(call.parameter("id"));
    if (!media || media->account != token.account)
        throw not_found();
    if (!media->status.empty())
        throw Refusal{422, "invalid", "Media attachment is currently used by a status"};
    world_.database.run("DELETE FROM media WHERE id = ?", media->id);
    return json_response(200, json::object());
}

std::vector<Media> MastodonMedia::require_ready(const Token& token, const std::vector<std::string>& ids)
{
    if (ids.size() > mastodon_limits::attachments)
        throw Refusal{422, "invalid", "Validation failed: Cannot attach more than 4 files"};
    std::vector<Media> wanted;
    for (const std::string& id : ids) {
        const auto media = find(id);
        if (!media || media->account != token.account || !media->status.empty())
            throw Refusal{422, "invalid", "Validation failed: Media attachments are invalid: " + id};
        if (world_.clock.now() < media->ready || !media->failure.empty())
            throw Refusal{422, "invalid",
                          "Cannot attach files that have not finished processing. Try again in a moment!"};
        if (ids.size() > 1 && media->type.starts_with("video/"))
            throw Refusal{422, "invalid",
                          "Validation failed: Cannot attach a video to a post that already contains images"};
        wanted.push_back(*media);
    }
    return wanted;
}

void MastodonMedia::attach(const std::vector<Media>& media, const std::string& status)
{
    for (const Media& one : media)
        world_.database.run("UPDATE media SET status = ? WHERE id = ?", status, one.id);
}

json::object MastodonMedia::json(const Media& media) const
{
    const bool ready = media.ready <= world_.clock.now() && media.failure.empty();
    const json::value url = ready ? json::value("https://mastodon.sandbox.test/media/" + media.id) : json::value();
    return {{"id", media.id},
            {"type", media.type.substr(0, media.type.find('/'))},
            {"url", url},
            {"preview_url", url},
            {"remote_url", nullptr},
            {"meta", json::object()},
            {"description", media.description.empty() ? json::value() : json::value(media.description)},
            {"blurhash", nullptr}};
}

} // namespace vitrina::sandbox
