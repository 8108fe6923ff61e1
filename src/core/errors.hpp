#pragma once
#include <stdexcept>

namespace vitrina {

// The unexpected that a caller may still want to tell apart. Thrown; caught at the border (HTTP session, job
// runner, main), where StorageFull answers 507 and Unavailable 503.

// The disk or the store has no room left (ENOSPC, EDQUOT).
class StorageFull : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// An engine cannot be reached or will not take writes just now; the same request may work later.
class Unavailable : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// Nothing may be written here just now, or any more: the library is being moved, or was. Reading goes on.
class WritesRefused : public Unavailable {
public:
    using Unavailable::Unavailable;
};

// The other side of a connection went away or stopped sending; nobody is left to answer.
class Disconnected : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

} // namespace vitrina
