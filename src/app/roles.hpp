#pragma once
#include "core/result.hpp"

#include <array>
#include <string_view>
#include <utility>

namespace vitrina {

// What a process does.
struct Roles {
    bool video = false;   // library, uploads, playback, page: VITRINA_LISTEN
    bool publish = false; // accounts, publications, and the jobs that talk to the networks: VITRINA_PUBLISH_LISTEN
    bool work = false;    // the library's jobs: reading media, removing bytes, sweeping; VITRINA_WORK_LISTEN, if set

    // For each role whether it is ours, and the setting that says where it listens.
    std::array<std::pair<bool, const char*>, 3> listeners() const
    {
        return {{{video, "VITRINA_LISTEN"}, {publish, "VITRINA_PUBLISH_LISTEN"}, {work, "VITRINA_WORK_LISTEN"}}};
    }

    // "video,publish,work"
    static Result<Roles> parse(std::string_view text);
};

} // namespace vitrina
