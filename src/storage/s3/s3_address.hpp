#pragma once
#include <string>
#include <string_view>

namespace vitrina {

// Where a bucket's objects are.
struct S3Address {
    std::string scheme; // "http" or "https"
    std::string host;   // as the Host header says it, the bucket's name in it unless it stands in the path
    std::string bucket;
    bool in_path = false;

    bool encrypted() const { return scheme == "https"; }
    // Encoded; of the bucket itself for the key "".
    std::string path(std::string_view key) const;
    std::string url(std::string_view key, std::string_view query) const;
};

// Throws Unavailable with a sentence for the operator when the endpoint is no http(s) address, or the bucket's name
// cannot be one. Where the name cannot stand before the host (an IP address, a certificate that would not fit), it
// stands in the path whatever is asked for.
S3Address parse_s3_address(std::string_view endpoint, std::string_view bucket, bool in_path);

// The same bucket where the store is known by another name. Throws Unavailable with a sentence for the operator when
// that is no http(s) address of a host.
S3Address parse_s3_alias(std::string_view url, const S3Address& address);

} // namespace vitrina
