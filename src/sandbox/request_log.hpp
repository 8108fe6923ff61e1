#pragma once
#include "core/clock.hpp"
#include "http/request.hpp"

#include <boost/json/object.hpp>
#include <cstdint>
#include <deque>
#include <map>
#include <string>

namespace vitrina::sandbox {

struct LoggedCall {
    Instant at{};
    std::string network, operation, host;
    std::string line;  // "PUT /upload/youtube/v3/videos?upload_id=…", what authorises struck out
    std::string range; // Content-Range
    std::string idempotency_key;
    std::uint64_t body = 0; // announced bytes
    std::string fault;      // the scripted one that was played
    int status = 0;         // 0: the connection was closed without an answer
};

// The latest calls, and how many there were of each operation since the start.
class RequestLog {
public:
    void add(LoggedCall call);
    boost::json::object json() const;
    std::int64_t count(const std::string& network_and_operation) const; // "youtube oauth.token"

private:
    static constexpr std::size_t most = 5000;
    std::deque<LoggedCall> calls_;
    std::map<std::string, std::int64_t> counts_;
};

// The target with the values of upload_id, token, code and their like replaced by "…".
std::string redacted(std::string_view target);

} // namespace vitrina::sandbox
