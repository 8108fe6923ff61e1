#pragma once
#include <chrono>
#include <string_view>

namespace vitrina {

// Whom this process talks to. Accounts and publications belong to the one they were made with: nothing of one is ever
// sent to the other, which would hand real tokens to a stand-in, or take the stand-in's word for a post.
enum class Networks { real, sandbox };

inline constexpr std::string_view of_other_networks = "of_other_networks"; // the reason's code

// Until a process may have been started that talks to them.
inline constexpr std::chrono::minutes look_at_other_networks_after{1};

// Why an account of the others is left alone.
constexpr std::string_view start_as_connected(bool sandbox)
{
    return sandbox ? "the account was connected through the sandbox; start with the sandbox to use it"
                   : "the account is a real one; start without the sandbox to use it";
}

} // namespace vitrina
