#pragma once
#include "core/result.hpp"

#include <string_view>

namespace vitrina {

// What a process does.
struct Roles {
    bool video = false;   // library, uploads, playback, page: VITRINA_LISTEN
    bool publish = false; // accounts, publications, and the jobs that talk to the networks: VITRINA_PUBLISH_LISTEN
    bool work = false;    // the library's jobs: reading media, removing bytes, sweeping

    // "video,publish,work"
    static Result<Roles> parse(std::string_view text);
};

} // namespace vitrina
