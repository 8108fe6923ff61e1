#include "sandbox/request_log.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <array>

namespace vitrina::sandbox {
namespace {

constexpr std::array secret_names{"upload_id", "token",         "code",          "access_token", "refresh_token",
                                  "state",     "client_secret", "code_verifier", "upload_token"};

} // namespace

void RequestLog::add(LoggedCall call)
{
    ++counts_[call.network + " " + call.operation];
    calls_.push_back(std::move(call));
    if (calls_.size() > most)
        calls_.pop_front();
}

std::int64_t RequestLog::count(const std::string& network_and_operation) const
{
    const auto found = counts_.find(network_and_operation);
    return found == counts_.end() ? 0 : found->second;
}

boost::json::object RequestLog::json() const
{
    boost::json::array calls;
    for (const LoggedCall& call : calls_)
        calls.push_back({{"at", rfc3339(call.at)},
                         {"network", call.network},
                         {"operation", call.operation},
                         {"host", call.host},
                         {"request", call.line},
                         {"content_range", call.range},
                         {"idempotency_key", call.idempotency_key},
                         {"body", call.body},
                         {"fault", call.fault},
                         {"status", call.status}});
    boost::json::object counts;
    for (const auto& [name, count] : counts_)
        counts[name] = count;
    return {{"counts", std::move(counts)}, {"requests", std::move(calls)}};
}

std::string redacted(std::string_view target)
{
    const auto question = target.find('?');
    std::string text(target.substr(0, question));
    char before = '?';
    while (question != target.npos && before != '\0') {
        target.remove_prefix(std::min(target.size(), target.find(before) + 1));
        const auto end = target.find('&');
        const std::string_view pair = target.substr(0, end);
        const std::string_view name = pair.substr(0, pair.find('='));
        const bool secret = std::find(secret_names.begin(), secret_names.end(), name) != secret_names.end();
        text += before;
        text += secret ? std::string(name) + "=…" : std::string(pair);
        before = end == target.npos ? '\0' : '&';
    }
    return text;
}

} // namespace vitrina::sandbox
