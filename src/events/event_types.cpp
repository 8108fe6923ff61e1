#include "events/event_types.hpp"

#include <algorithm>
#include <array>

namespace vitrina {
namespace {

using namespace event_type;

constexpr std::array all{video_uploaded,
                         video_ready,
                         video_failed,
                         video_updated,
                         video_deleted,
                         publication_created,
                         publication_progressed,
                         publication_upload_progress,
                         publication_waiting,
                         publication_published,
                         publication_failed,
                         publication_cancelled,
                         publication_outcome_unknown,
                         publication_needs_reauth,
                         publication_needs_user_action,
                         publication_removing,
                         publication_removal_failed,
                         publication_deleted,
                         publication_gone,
                         publication_updated,
                         publication_update_failed,
                         account_connected,
                         account_needs_reconnect,
                         account_removed,
                         webhook_paused};

} // namespace

std::span<const std::string_view> all_event_types()
{
    return all;
}

bool is_event_type(std::string_view text)
{
    return std::ranges::find(all, text) != all.end();
}

bool is_frequent(std::string_view type)
{
    return type == publication_upload_progress;
}

} // namespace vitrina
