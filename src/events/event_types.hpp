#pragma once
#include <span>
#include <string_view>

namespace vitrina {

// Every type of event there is. They are part of the API: never renamed. docs/events.md says what each tells.
namespace event_type {

inline constexpr std::string_view video_uploaded = "video.uploaded";
inline constexpr std::string_view video_ready = "video.ready";
inline constexpr std::string_view video_failed = "video.failed";
inline constexpr std::string_view video_updated = "video.updated";
inline constexpr std::string_view video_deleted = "video.deleted";

inline constexpr std::string_view publication_created = "publication.created";
inline constexpr std::string_view publication_progressed = "publication.progressed";
inline constexpr std::string_view publication_upload_progress = "publication.upload_progress";
inline constexpr std::string_view publication_waiting = "publication.waiting_rate_limit";
inline constexpr std::string_view publication_published = "publication.published";
inline constexpr std::string_view publication_failed = "publication.failed";
inline constexpr std::string_view publication_cancelled = "publication.cancelled";
inline constexpr std::string_view publication_outcome_unknown = "publication.outcome_unknown";
inline constexpr std::string_view publication_needs_reauth = "publication.needs_reauth";
inline constexpr std::string_view publication_needs_user_action = "publication.needs_user_action";
inline constexpr std::string_view publication_removing = "publication.removing";
inline constexpr std::string_view publication_removal_failed = "publication.removal_failed";
inline constexpr std::string_view publication_deleted = "publication.deleted";
inline constexpr std::string_view publication_updated = "publication.updated";
inline constexpr std::string_view publication_update_failed = "publication.update_failed";
inline constexpr std::string_view publication_gone = "publication.gone";

inline constexpr std::string_view account_connected = "account.connected";
inline constexpr std::string_view account_needs_reconnect = "account.needs_reconnect";
inline constexpr std::string_view account_removed = "account.removed";

inline constexpr std::string_view webhook_paused = "webhook.paused";

} // namespace event_type

std::span<const std::string_view> all_event_types();
bool is_event_type(std::string_view text);
// Comes every few seconds while something goes on: for whoever watches, not for whoever is told of everything.
bool is_frequent(std::string_view type);

} // namespace vitrina
