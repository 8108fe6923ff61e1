#include "core/video_status.hpp"

#include <array>
#include <utility>

namespace vitrina {
namespace {

constexpr std::array<std::pair<VideoStatus, std::string_view>, 6> names{{
    {VideoStatus::awaiting_upload, "awaiting_upload"},
    {VideoStatus::processing, "processing"},
    {VideoStatus::playable, "playable"},
    {VideoStatus::ready, "ready"},
    {VideoStatus::failed, "failed"},
    {VideoStatus::deleted, "deleted"},
}};

} // namespace

std::string_view name(VideoStatus status)
{
    for (const auto& [value, text] : names)
        if (value == status)
            return text;
    return {};
}

std::optional<VideoStatus> parse_video_status(std::string_view text)
{
    for (const auto& [value, known] : names)
        if (known == text)
            return value;
    return std::nullopt;
}

std::optional<VideoStatus> after(VideoStatus status, VideoEvent event)
{
    using enum VideoStatus;
    const bool unfinished = status == processing || status == playable;
    switch (event) {
    case VideoEvent::received: return status == awaiting_upload ? std::optional(processing) : std::nullopt;
    case VideoEvent::playable: return status == processing ? std::optional(VideoStatus::playable) : std::nullopt;
    case VideoEvent::completed: return unfinished ? std::optional(ready) : std::nullopt;
    case VideoEvent::refused: return unfinished ? std::optional(failed) : std::nullopt;
    case VideoEvent::removed: return status != deleted ? std::optional(deleted) : std::nullopt;
    }
    return std::nullopt;
}

} // namespace vitrina
