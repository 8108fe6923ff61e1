#include "storage/s3/s3_address.hpp"

#include "aws/endpoint.hpp"
#include "aws/sigv4.hpp"
#include "core/errors.hpp"
#include "http/grammar.hpp"
#include "http/uri.hpp"

#include <algorithm>

namespace vitrina {
namespace {

bool is_bucket_name(std::string_view name)
{
    const auto plain = [](char c) { return grammar::is_unreserved(c) && c != '~'; };
    return name.size() >= 3 && name.size() <= 63 && std::ranges::all_of(name, plain) && name.front() != '.' &&
           name.front() != '-';
}

bool is_ip_address(std::string_view host)
{
    const auto numeric = [](char c) { return grammar::is_digit(c) || c == '.' || c == ':'; };
    return host.starts_with('[') || std::ranges::all_of(host, numeric);
}

} // namespace

std::string S3Address::path(std::string_view key) const
{
    return (in_path ? "/" + percent_encode(bucket) : "") + (key.empty() && in_path ? "" : "/") + encode_path(key);
}

std::string S3Address::url(std::string_view key, std::string_view query) const
{
    return scheme + "://" + host + path(key) + (query.empty() ? "" : "?") + std::string(query);
}

S3Address parse_s3_alias(std::string_view url, const S3Address& address)
{
    const auto parsed = parse_aws_endpoint(url);
    if (!parsed)
        throw Unavailable("VITRINA_MEDIA_URL must be an address such as https://media.example.org, without a path, "
                          "where VITRINA_S3_DELIVERY is redirect.");
    return {.scheme = parsed->scheme, .host = parsed->host, .bucket = address.bucket, .in_path = address.in_path};
}

S3Address parse_s3_address(std::string_view endpoint, std::string_view bucket, bool in_path)
{
    S3Address address;
    const auto parsed = parse_aws_endpoint(endpoint);
    if (!parsed)
        throw Unavailable("VITRINA_S3_ENDPOINT must be an address such as https://s3.eu-west-1.amazonaws.com, "
                          "without a path.");
    address.scheme = parsed->scheme;
    address.host = parsed->host;
    if (!is_bucket_name(bucket))
        throw Unavailable("S3_BUCKET_NAME is not the name of a bucket: 3 to 63 letters, digits, dots and hyphens.");
    address.bucket = bucket;
    address.in_path = in_path || is_ip_address(address.host) || address.host.starts_with("localhost") ||
                      (address.encrypted() && bucket.find('.') != bucket.npos);
    if (!address.in_path)
        address.host = grammar::lower(bucket) + '.' + address.host;
    return address;
}

} // namespace vitrina
