#pragma once
#include <string>
#include <string_view>

namespace vitrina {

// Who this process is, among all that ever ran on all machines: boot, process namespace, process and when it began.
// Written into leases, so that what a killed process held need not wait for the lease to run out.
std::string instance_id();

// Whether that process has provably ended: it ran on this machine since it was started, in our process namespace, and
// is not there any more. False when there is no way to know.
bool has_ended(std::string_view instance);

} // namespace vitrina
