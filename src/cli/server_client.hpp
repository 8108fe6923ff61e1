#pragma once
#include "cli/console.hpp"
#include "http/outbound.hpp"

#include <boost/json/value.hpp>
#include <stdexcept>

namespace vitrina {

// Ends a command: the sentence goes to standard error, the exit code to the caller.
class CommandFailed : public std::runtime_error {
public:
    CommandFailed(Exit exit, const std::string& sentence) : std::runtime_error(sentence), exit_(exit) {}
    Exit exit() const { return exit_; }

private:
    Exit exit_;
};

// The running server that the command line talks to (VITRINA_SERVER, VITRINA_TOKEN). Every call throws CommandFailed
// when nobody answers or the server refuses, with the server's own words.
class ServerClient {
public:
    explicit ServerClient(const Settings& settings);

    boost::json::value get(const std::string& path);
    boost::json::value post(const std::string& path, const boost::json::value& body);
    boost::json::value patch(const std::string& path, const boost::json::value& body);
    boost::json::value send(OutboundRequest request, const std::string& path);
    void remove(const std::string& path);

    const std::string& base() const { return base_; }

private:
    std::string base_;
    std::string token_;
    Outbound outbound_;
};

// Percent-encoded for a query string.
std::string in_query(std::string_view text);

} // namespace vitrina
