#pragma once
#include "core/step.hpp"

#include <optional>
#include <stdexcept>

// What tests let go wrong between us and a network.
namespace vitrina::fake {

// The process dies here: nothing catches it but the test.
struct Killed {};

// A stand-in was sent what it does not expect: a failure of the test.
class Strictness : public std::logic_error {
public:
    using std::logic_error::logic_error;
};

// What happens to one exchange on its way.
enum class Mishap {
    none,
    not_sent, // no connection
    drop_before, // the request is lost, we cannot know
    drop_after, // accepted, the answer is lost
    cut, // half of the body arrives
    error_500,
    html_502,
    rate_429,
    blocked_403,
    nonsense_200, // accepted, and something else is answered
    refused_500, // not accepted
    kill_before,
    kill_after, // the process dies
};

// What is answered instead of the network's answer, by something in between.
inline std::optional<HttpReply> answered_instead(Mishap mishap)
{
    switch (mishap) {
    case Mishap::error_500: return HttpReply{500, {}, ""};
    case Mishap::html_502: return HttpReply{502, {}, "<html>Bad Gateway</html>"};
    case Mishap::rate_429: return HttpReply{429, {{"Retry-After", "7"}}, "slow down"};
    case Mishap::blocked_403: return HttpReply{403, {}, "<html>blocked</html>"};
    case Mishap::nonsense_200: return HttpReply{200, {}, "<html>welcome</html>"};
    default: return std::nullopt;
    }
}

} // namespace vitrina::fake
