#include "publishing/publishing_events.hpp"

#include "events/append_event.hpp"
#include "events/event_types.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

namespace vitrina {
namespace {

namespace json = boost::json;

// Networks choose their words and addresses; what is longer than this is cut, or left out where half of it is nothing.
constexpr std::size_t longest_code = 200;
constexpr std::size_t longest_url = 2000;

std::string_view type_of(PublicationState state)
{
    switch (state) {
    case PublicationState::waiting_rate_limit: return event_type::publication_waiting;
    case PublicationState::published: return event_type::publication_published;
    case PublicationState::failed: return event_type::publication_failed;
    case PublicationState::cancelled: return event_type::publication_cancelled;
    case PublicationState::outcome_unknown: return event_type::publication_outcome_unknown;
    case PublicationState::needs_reauth: return event_type::publication_needs_reauth;
    case PublicationState::needs_user_action: return event_type::publication_needs_user_action;
    case PublicationState::deleted: return event_type::publication_deleted;
    default: return event_type::publication_progressed;
    }
}

std::string data_of(const PublicationNews& news)
{
    json::object data{{"status", name(news.state)}, {"account_id", news.account}, {"platform", news.platform}};
    if (!news.reason_code.empty())
        data["reason_code"] = std::string_view(news.reason_code).substr(0, longest_code);
    if (!news.url.empty() && news.url.size() <= longest_url)
        data["url"] = news.url;
    if (news.upload) {
        data["bytes_sent"] = news.upload->sent;
        data["bytes_total"] = news.upload->total;
        data["seconds_remaining"] =
            news.upload->remaining ? json::value(news.upload->remaining->count()) : json::value();
    }
    return json::serialize(data);
}

} // namespace

Task<> tell_publication(Transaction& transaction, std::string_view type, PublicationNews news, Instant at)
{
    NewEvent event{.type = type, .subject = news.id, .video = news.video, .data = data_of(news), .at = at};
    co_await append_event(transaction, std::move(event));
}

Task<> tell_publication_state(Transaction& transaction, PublicationNews news, Instant at)
{
    const std::string_view type = type_of(news.state);
    co_await tell_publication(transaction, type, std::move(news), at);
}

Task<> tell_upload_progress(Transaction& transaction, PublicationNews news, Instant at)
{
    co_await tell_publication(transaction, event_type::publication_upload_progress, std::move(news), at);
}

Task<> tell_account(Transaction& transaction, std::string_view type, std::string id, std::string platform, Instant at)
{
    const json::object data{{"platform", platform}};
    NewEvent event{.type = type, .subject = std::move(id), .video = {}, .data = json::serialize(data), .at = at};
    co_await append_event(transaction, std::move(event));
}

} // namespace vitrina
