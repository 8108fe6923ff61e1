#pragma once

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define VITRINA_SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define VITRINA_SANITIZED 1
#endif

namespace vitrina {

// A sanitizer's shadow memory is terabytes of address space, and its reports need more system calls: the media child's
// walls make room for both, in such builds only.
#ifdef VITRINA_SANITIZED
inline constexpr bool sanitized = true;
#else
inline constexpr bool sanitized = false;
#endif

} // namespace vitrina
