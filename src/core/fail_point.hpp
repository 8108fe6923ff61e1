#pragma once

// A named place where a test build can crash, fail or dawdle; nothing at all in a release.
//
//   FAIL_POINT("disk_store.before_rename");
//
// VITRINA_FAIL_POINTS="name=action;name=2*off->abort"   a list of actions, each N times (the last for ever):
//   off  abort (SIGKILL to ourselves: kill -9)  return (throws FailPointError)  sleep(ms)
//   enospc (throws StorageFull)  eio (throws Unavailable)
// VITRINA_FAIL_COUNT=path     appends the name of every point hit, in order, one a line
// VITRINA_FAIL_ABORT_AT=k     aborts at the k-th hit of any point: the crash enumerator runs a scenario once counting,
//                             then once for each k
#ifdef VITRINA_FAIL_POINTS
#ifdef NDEBUG
#error "a release has no fail points"
#endif

#include <stdexcept>
#include <string>
#include <string_view>

namespace vitrina {

class FailPointError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// From any thread.
void fail_point(std::string_view name);

// What the environment variables say, for tests within one process; "" and 0 for none. Throws
// std::invalid_argument for what it cannot read. Counts begin anew.
void configure_fail_points(std::string_view actions, std::string count_file = {}, long abort_at = 0);

} // namespace vitrina

#define FAIL_POINT(name) ::vitrina::fail_point(name)
#else
#define FAIL_POINT(name) static_cast<void>(0)
#endif
