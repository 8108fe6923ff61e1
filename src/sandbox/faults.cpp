#include "sandbox/faults.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>

namespace vitrina::sandbox {
namespace {

namespace json = boost::json;
using Moment = ScriptedFault::Moment;

enum class Argument { none, number, words };
struct Known {
    std::string_view name;
    std::string_view kind;
    Argument argument;
    Moment moment;
};
constexpr std::array known{
    Known{"drop_before", "drop", Argument::none, Moment::before},
    Known{"drop_after_accept", "drop", Argument::none, Moment::after},
    Known{"status", "status", Argument::number, Moment::before},
    Known{"answer", "answer", Argument::number, Moment::before},
    Known{"html_502", "html_502", Argument::none, Moment::before},
    Known{"slow", "slow", Argument::number, Moment::before},
    Known{"cut_at", "cut_at", Argument::number, Moment::before},
    Known{"keep", "keep", Argument::number, Moment::inside},
    Known{"token_expired", "token_expired", Argument::none, Moment::inside},
    Known{"revoked", "revoked", Argument::none, Moment::inside},
    Known{"session_lost", "session_lost", Argument::none, Moment::inside},
    Known{"quota_exceeded", "quota_exceeded", Argument::none, Moment::inside},
    Known{"upload_limit_exceeded", "upload_limit_exceeded", Argument::none, Moment::inside},
    Known{"rate_limited", "rate_limited", Argument::none, Moment::inside},
    Known{"listing_lag", "listing_lag", Argument::number, Moment::inside},
    Known{"processing", "processing", Argument::number, Moment::inside},
    Known{"processing_fails", "processing_fails", Argument::words, Moment::inside},
};

Fault unusable(std::string what)
{
    return {FaultKind::invalid, "SANDBOX-FAULT", std::move(what), "docs/sandbox.md lists the faults."};
}

bool read_number(std::string_view text, std::int64_t& number)
{
    const auto end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    return error == std::errc{} && stop == end && number >= 0;
}

// "status:429;reset=60" → name "status", argument "429", reset 60.
std::optional<Fault> read_what(std::string_view what, ScriptedFault& fault)
{
    std::string_view options;
    if (const auto semicolon = what.find(';'); semicolon != what.npos) {
        options = what.substr(semicolon + 1);
        what = what.substr(0, semicolon);
    }
    const auto colon = what.find(':');
    const std::string_view name = what.substr(0, colon);
    const std::string_view argument = colon == what.npos ? std::string_view{} : what.substr(colon + 1);
    const auto entry = std::find_if(known.begin(), known.end(), [&](const Known& k) { return k.name == name; });
    if (entry == known.end())
        return unusable("There is no fault \"" + std::string(name) + "\".");
    fault.kind = entry->kind;
    fault.moment = entry->moment;
    if (entry->argument == Argument::number && !read_number(argument, fault.number))
        return unusable("\"" + std::string(name) + "\" needs a number after a colon.");
    if (entry->argument == Argument::words && argument.empty())
        return unusable("\"" + std::string(name) + "\" needs a reason after a colon.");
    if (entry->argument == Argument::none && colon != what.npos)
        return unusable("\"" + std::string(name) + "\" takes nothing after a colon.");
    fault.words = entry->argument == Argument::words ? argument : "";
    if (options.empty())
        return std::nullopt;
    std::int64_t seconds = 0;
    if (!options.starts_with("reset=") || !read_number(options.substr(6), seconds))
        return unusable("After the semicolon only reset=SECONDS can stand.");
    fault.reset = seconds;
    return std::nullopt;
}

bool matches(const ScriptedFault& fault, const Occasion& occasion)
{
    if (!fault.network.empty() && fault.network != occasion.network)
        return false;
    return fault.match.empty() || fault.match == occasion.operation ||
           (!occasion.event.empty() && fault.match == occasion.event) ||
           (fault.match.find(' ') != std::string::npos && occasion.method_and_path.starts_with(fault.match));
}

} // namespace

Result<ScriptedFault> ScriptedFault::parse(const json::object& script)
{
    ScriptedFault fault;
    std::string when;
    std::string what;
    for (const auto& [name, value] : script) {
        std::string* text = name == "network"        ? &fault.network
                            : name == "match"        ? &fault.match
                            : name == "fault"        ? &what
                            : name == "when"         ? &when
                            : name == "content_type" ? &fault.content_type
                                                     : nullptr;
        std::int64_t* number = name == "skip" ? &fault.skip : name == "times" ? &fault.times : nullptr;
        if (text && value.is_string())
            *text = value.as_string();
        else if (number && value.is_int64() && value.as_int64() >= 0)
            *number = value.as_int64();
        else if (name != "body")
            return unusable("\"" + std::string(name) + "\" is unknown or of the wrong type.");
    }
    if (auto broken = read_what(what, fault))
        return *broken;
    if (const json::value* body = script.if_contains("body"))
        fault.words = body->is_string() ? std::string(body->as_string()) : json::serialize(*body);
    if (when == "after" && fault.moment == Moment::before && fault.kind != "slow" && fault.kind != "cut_at")
        fault.moment = Moment::after;
    else if (!when.empty() && when != "before")
        return unusable("\"when\" is \"before\" or, for what replaces an answer, \"after\".");
    return fault;
}

template <class Fits>
std::optional<ScriptedFault> Faults::take_first(const Occasion& occasion, Fits fits)
{
    for (ScriptedFault& fault : script_) {
        if (!fits(fault) || !matches(fault, occasion) || fault.played >= fault.skip + fault.times)
            continue;
        if (++fault.played > fault.skip)
            return fault;
    }
    return std::nullopt;
}

std::optional<ScriptedFault> Faults::take(Moment moment, const Occasion& occasion)
{
    return take_first(occasion, [moment](const ScriptedFault& fault) { return fault.moment == moment; });
}

std::optional<ScriptedFault> Faults::take(std::string_view kind, const Occasion& occasion)
{
    return take_first(
        occasion, [kind](const ScriptedFault& fault) { return fault.moment == Moment::inside && fault.kind == kind; });
}

json::array Faults::list() const
{
    json::array list;
    for (const ScriptedFault& fault : script_)
        list.push_back({{"network", fault.network},
                        {"match", fault.match},
                        {"fault", fault.kind},
                        {"number", fault.number},
                        {"words", fault.words},
                        {"skip", fault.skip},
                        {"times", fault.times},
                        {"played", std::max<std::int64_t>(0, fault.played - fault.skip)}});
    return list;
}

} // namespace vitrina::sandbox
