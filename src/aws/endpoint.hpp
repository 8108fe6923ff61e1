#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace vitrina {

// The address of a service or of a store that stands in for it.
struct AwsEndpoint {
    std::string scheme; // "http" or "https"
    std::string host;   // as the Host header says it, which is signed
    bool encrypted() const { return scheme == "https"; }
    std::string url() const { return scheme + "://" + host; }
};

// "https://s3.example.org", without a path. Nothing when it is anything else.
std::optional<AwsEndpoint> parse_aws_endpoint(std::string_view text);

// Amazon's own, "https://s3.eu-west-1.amazonaws.com". Throws AwsRefused when the region cannot be one's name.
std::string aws_endpoint(std::string_view service, std::string_view region);

} // namespace vitrina
