#pragma once
#include <string>
#include <string_view>

namespace vitrina {

// A network's answer as it may be kept and shown: tokens, codes, passwords and addresses that authorise by themselves
// replaced, at most 4 KiB, valid UTF-8.
std::string evidence_of(std::string_view body);

} // namespace vitrina
