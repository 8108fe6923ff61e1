#include "media/child/media_child.hpp"

#include "media/child/byte_source.hpp"
#include "media/child/libav.hpp"
#include "media/child/lockdown.hpp"
#include "media/child/media_refused.hpp"
#include "media/child/parent_link.hpp"
#include "media/child/warm_up.hpp"
#include "media/child_exit.hpp"

#include <unistd.h>

#include <charconv>
#include <new>
#include <optional>
#include <string_view>

namespace vitrina {

namespace {

std::optional<std::uint64_t> parse_number(std::string_view text)
{
    std::uint64_t value = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

MediaReply answer(ParentLink& parent, const MediaJob& job, Examiner examine)
{
    DescriptorSource here(job.size);
    ParentSource there(parent, job.size);
    ByteSource& source = job.has_descriptor ? static_cast<ByteSource&>(here) : there;
    try {
        return examine(source, ExamineLimits{.max_pixels = job.max_pixels});
    } catch (const MediaRefused& refused) {
        return refused.why;
    } catch (const std::bad_alloc&) {
        return MediaRefusal{.trouble = MediaTrouble::too_costly, .detail = "memory"};
    }
}

} // namespace

int media_child_main(int argc, char** argv, Examiner examine)
{
    auto memory = argc == 4 ? parse_number(argv[2]) : std::nullopt;
    auto cpu_seconds = argc == 4 ? parse_number(argv[3]) : std::nullopt;
    if (!memory || !cpu_seconds)
        return child_exit::not_for_people;
    if (!av::load().empty())
        return child_exit::no_ffmpeg;
    warm_up();
    if (!lock_down({.memory = *memory, .cpu_seconds = *cpu_seconds}).empty())
        return child_exit::no_sandbox;

    ParentLink parent;
    if (auto job = parent.wait_for_job())
        parent.tell(answer(parent, *job, examine));
    _exit(child_exit::done); // nothing is left to tidy that the kernel does not tidy faster
}

} // namespace vitrina
