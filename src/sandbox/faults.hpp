#pragma once
#include "core/result.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vitrina::sandbox {

// One line of a script: when a call matches, this goes wrong. docs/sandbox.md lists what can.
struct ScriptedFault {
    // Played before the network sees the call; after it accepted it; or handed to the network, which plays it itself.
    enum class Moment { before, after, inside };

    std::string network; // "" any
    std::string match; // an operation ("videos.insert"), the event "accepted", or "PUT /upload/…" (a prefix); "" any
    std::int64_t skip = 0; // calls to let pass first
    std::int64_t times = 1;
    std::string kind; // "drop", "status", "html_502", "slow", "cut_at", "answer", "token_expired", …
    std::int64_t number = 0; // the status, milliseconds, bytes or seconds
    std::optional<std::int64_t> reset; // seconds until a rate limit ends
    std::string words; // a reason, or the body of an answer
    std::string content_type = "application/json";
    Moment moment = Moment::before;
    std::int64_t played = 0;

    // {"network":"youtube","match":"videos.insert","skip":0,"times":1,"fault":"status:500","when":"after"}
    static Result<ScriptedFault> parse(const boost::json::object& script);
};

// What a script's `match` is compared with.
struct Occasion {
    std::string_view network, operation, event;
    std::string_view method_and_path; // "PUT /upload/youtube/v3/videos"
};

class Faults {
public:
    void add(ScriptedFault fault) { script_.push_back(std::move(fault)); }
    void clear() { script_.clear(); }
    // The first line of the script that fits, counted as played; nothing when all is well.
    std::optional<ScriptedFault> take(ScriptedFault::Moment moment, const Occasion& occasion);
    // The same for one that the network plays itself, by its kind.
    std::optional<ScriptedFault> take(std::string_view kind, const Occasion& occasion);
    boost::json::array list() const;

private:
    template <class Fits>
    std::optional<ScriptedFault> take_first(const Occasion& occasion, Fits fits);
    std::vector<ScriptedFault> script_;
};

} // namespace vitrina::sandbox
