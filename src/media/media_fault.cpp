#include "media/media_fault.hpp"

#include <string>

namespace vitrina {

namespace {

struct Words {
    const char* code;
    std::string message;
    std::string hint;
};

std::string named(std::string_view before, std::string_view detail, std::string_view after)
{
    std::string text{before};
    if (!detail.empty())
        text.append(" (").append(detail).append(")");
    return text.append(after);
}

Words words_for(MediaTrouble trouble, std::string_view detail)
{
    switch (trouble) {
    case MediaTrouble::not_media:
        return {"VT-MED-001", "This file is not a video: nothing in it is recognised as audio or video.",
                "Choose a video file, for example an MP4, WebM or MOV."};
    case MediaTrouble::not_accepted:
        return {"VT-MED-002", named("Files of this kind", detail, " are not accepted."),
                "Convert it to an MP4 with H.264 video and AAC audio."};
    case MediaTrouble::crashed:
        return {"VT-MED-003", "The file made the media reader crash, so it is not accepted.",
                "Export or convert the video again."};
    case MediaTrouble::too_slow:
        return {"VT-MED-004", "Reading the file did not end within the time allowed.",
                "Export or convert the video again."};
    case MediaTrouble::too_costly:
        return {"VT-MED-005", named("Reading the file takes more computing time or memory than allowed", detail, "."),
                "Convert it to a smaller resolution."};
    case MediaTrouble::damaged:
        return {"VT-MED-006", named("The file is damaged or incomplete", detail, " and cannot be read."),
                "Upload it again from the original, or export the video again."};
    case MediaTrouble::no_picture:
        return {"VT-MED-007", named("The file opens, but none of its pictures", detail, " can be decoded."),
                "Export or convert the video again."};
    case MediaTrouble::nothing_to_play:
        return {"VT-MED-008", "The file has neither video nor audio in it.", "Choose a video file."};
    }
    return words_for(MediaTrouble::crashed, {});
}

} // namespace

Fault media_fault(MediaTrouble trouble, std::string_view detail)
{
    Words words = words_for(trouble, detail);
    return {.kind = FaultKind::unsupported_media, .code = words.code, .message = words.message, .hint = words.hint};
}

} // namespace vitrina
