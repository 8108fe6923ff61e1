#pragma once

namespace vitrina::child_exit {

// Exit codes of a media child, for its parent.
inline constexpr int done = 0;
inline constexpr int not_for_people = 64; // started by hand: it lacks its arguments
inline constexpr int no_ffmpeg = 65;      // FFmpeg's libraries cannot be loaded
inline constexpr int no_sandbox = 66;     // the kernel does not let it lock itself in

} // namespace vitrina::child_exit
