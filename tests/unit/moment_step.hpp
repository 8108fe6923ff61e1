#pragma once

// Tests that let something fail at every moment of a conversation in turn go this far from one moment to the next.
// AddressSanitizer sees them all; under ThreadSanitizer, which is much slower, the same threads meet in each of them.
namespace vitrina {

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define VITRINA_THREAD_SANITIZER
#endif
#endif

#ifdef VITRINA_THREAD_SANITIZER
inline constexpr int moment_step = 5;
#else
inline constexpr int moment_step = 1;
#endif

} // namespace vitrina
