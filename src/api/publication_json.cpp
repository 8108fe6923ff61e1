#include "api/publication_json.hpp"

namespace vitrina {
namespace {

void append_time(JsonWriter& json, std::string_view name, const std::optional<Instant>& when)
{
    json.member(name);
    if (when)
        json.value(rfc3339(*when));
    else
        json.null();
}

void append_text_or_null(JsonWriter& json, std::string_view name, const std::string& text)
{
    json.member(name);
    if (text.empty())
        json.null();
    else
        json.value(text);
}

void append_edit(JsonWriter& json, const std::optional<Publication::Edit>& edit)
{
    json.member("edit");
    if (!edit) {
        json.null();
        return;
    }
    json.begin_object().member("status", edit->status).member("options").raw(edit->options);
    json.member("asked_at", rfc3339(edit->asked_at)).member("reason");
    if (edit->reason.empty())
        json.null();
    else
        json.begin_object().member("code", edit->code).member("message", edit->reason).end_object();
    json.end_object();
}

std::string network(const Publication& publication, const Platforms& platforms)
{
    const Platform* platform = find_platform(platforms, publication.platform);
    return std::string(platform ? platform->title() : publication.platform) + (publication.sandbox ? " (sandbox)" : "");
}

std::string sentence(const Publication& publication, const Platforms& platforms)
{
    const std::string where = network(publication, platforms);
    const std::string because = publication.reason.empty() ? "" : ": " + publication.reason;
    switch (publication.progress.state) {
    case PublicationState::queued: return "Queued for " + where;
    case PublicationState::scheduled:
        return "Scheduled for " + where + (publication.schedule ? ", " + rfc3339(publication.schedule->at) : "");
    case PublicationState::published: return "Published on " + where;
    case PublicationState::failed: return "Publishing to " + where + " failed" + because;
    case PublicationState::cancelled: return "Publishing to " + where + " was cancelled";
    case PublicationState::deleted: return "The post on " + where + " was deleted" + because;
    case PublicationState::needs_reauth:
        return "Publishing to " + where + " waits until the account is connected again";
    case PublicationState::needs_user_action: return where + " needs you" + because;
    case PublicationState::outcome_unknown: return "Nobody can tell whether " + where + " has the post" + because;
    case PublicationState::waiting_rate_limit: return where + " is full for now" + because;
    default: return "Publishing to " + where + " is under way";
    }
}

} // namespace

void append_publication(JsonWriter& json, const Publication& p, const PublicationDetails* details)
{
    json.begin_object();
    json.member("id", p.id.text()).member("video_id", p.video.text()).member("account_id", p.account.text());
    json.member("account_name", p.account_name).member("platform", p.platform).member("sandbox", p.sandbox);
    json.member("status", name(p.progress.state));
    append_text_or_null(json, "url", p.url);
    append_text_or_null(json, "remote_id", p.remote_id);
    json.member("bytes_sent", p.bytes_sent).member("bytes_total", p.bytes_total);
    append_time(json, "publish_at", p.schedule ? std::optional(p.schedule->at) : std::nullopt);
    append_text_or_null(json, "time_zone", p.schedule ? p.schedule->time_zone : std::string());
    append_time(json, "waiting_until", p.waiting_until);
    json.member("reason");
    if (p.reason.empty())
        json.null();
    else
        json.begin_object().member("code", p.reason_code).member("message", p.reason).end_object();
    json.member("removing", p.removing);
    json.member("options").raw(p.options);
    json.member("created_at", rfc3339(p.created_at)).member("updated_at", rfc3339(p.updated_at));
    append_time(json, "published_at", p.published_at);
    append_time(json, "seen_at", p.seen_at);
    append_time(json, "missing_since", p.missing_since);
    append_edit(json, p.edit);
    if (details) {
        json.member("attempts").begin_array();
        for (const PublicationAttempt& attempt : details->attempts) {
            json.begin_object().member("number", attempt.number).member("outcome", name(attempt.outcome));
            json.member("armed_at", rfc3339(attempt.armed_at));
            append_time(json, "settled_at", attempt.settled_at);
            json.end_object();
        }
        json.end_array().member("log").begin_array();
        for (const PublicationNote& note : details->notes) {
            json.begin_object().member("at", rfc3339(note.at)).member("step", note.step);
            json.member("http_status", note.status).member("evidence", note.evidence).end_object();
        }
        json.end_array();
    }
    json.end_object();
}

void append_contract_publication(JsonWriter& json, const Publication& p)
{
    json.begin_object();
    json.member("id", p.id.text()).member("platform", p.platform).member("status", name(p.progress.state));
    json.member("url", p.url);
    if (p.sandbox)
        json.member("sandbox", true);
    if (!p.reason.empty())
        json.member("reason", p.reason);
    json.end_object();
}

std::string publications_message(const std::vector<Publication>& publications, const Platforms& platforms)
{
    std::string message;
    for (const Publication& publication : publications) {
        if (!message.empty())
            message += ' ';
        message += sentence(publication, platforms);
        if (!message.ends_with('.'))
            message += '.';
    }
    return message;
}

void append_account(JsonWriter& json, const Account& account)
{
    json.begin_object();
    json.member("id", account.id.text()).member("platform", account.platform).member("name", account.name);
    json.member("remote_id", account.remote_id);
    append_text_or_null(json, "base_url", account.base_url);
    json.member("sandbox", account.sandbox);
    json.member("status", account.status == Account::Status::connected ? "connected" : "needs_reconnect");
    append_text_or_null(json, "reason", account.reason);
    append_time(json, "access_expires_at", account.access_expires_at);
    append_time(json, "reconnect_before", account.reconnect_before);
    json.member("created_at", rfc3339(account.created_at)).member("updated_at", rfc3339(account.updated_at));
    json.end_object();
}

} // namespace vitrina
