#include "aws/sigv4.hpp"

#include "http/grammar.hpp"
#include "http/uri.hpp"

#include <algorithm>
#include <cstdio>
#include <map>

namespace vitrina {
namespace {

constexpr std::string_view algorithm = "AWS4-HMAC-SHA256";

std::string_view text_of(const Sha256& digest)
{
    return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

std::string day_of(const SigV4Scope& scope)
{
    return amz_date(scope.time).substr(0, 8);
}

// Blanks around it gone, those within it one space each.
std::string folded(std::string_view value)
{
    std::string out;
    for (const char c : grammar::trim(value))
        if (!grammar::is_blank(c))
            out += c;
        else if (!out.ends_with(' '))
            out += ' ';
    return out;
}

// By lower-case name; the values of one name in the order they came.
std::map<std::string, std::string> canonical_headers(const Headers& headers)
{
    std::map<std::string, std::string> sorted;
    for (const Header& header : headers) {
        const auto [at, is_new] = sorted.try_emplace(grammar::lower(header.name), folded(header.value));
        if (!is_new)
            at->second += ',' + folded(header.value);
    }
    return sorted;
}

} // namespace

std::string encode_path(std::string_view path)
{
    std::string out;
    while (true) {
        const auto slash = path.find('/');
        out += percent_encode(path.substr(0, slash));
        if (slash == path.npos)
            return out;
        out += '/';
        path.remove_prefix(slash + 1);
    }
}

std::string canonical_query(const SigV4Query& query)
{
    SigV4Query encoded;
    for (const auto& [name, value] : query)
        encoded.emplace_back(percent_encode(name), percent_encode(value));
    std::ranges::sort(encoded);
    std::string out;
    for (const auto& [name, value] : encoded)
        out += (out.empty() ? "" : "&") + name + '=' + value;
    return out;
}

std::string signed_header_names(const Headers& headers)
{
    std::string out;
    for (const auto& [name, value] : canonical_headers(headers))
        out += (out.empty() ? "" : ";") + name;
    return out;
}

std::string canonical_request(const SigV4Request& request)
{
    std::string out = request.method + '\n' + request.path + '\n' + canonical_query(request.query) + '\n';
    for (const auto& [name, value] : canonical_headers(request.headers))
        out += name + ':' + value + '\n';
    return out + '\n' + signed_header_names(request.headers) + '\n' + request.payload;
}

std::string amz_date(Instant time)
{
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss clock{std::chrono::floor<std::chrono::seconds>(time - day)};
    char text[48];
    std::snprintf(text, sizeof text, "%04d%02u%02uT%02d%02d%02dZ", int(date.year()), unsigned(date.month()),
                  unsigned(date.day()), int(clock.hours().count()), int(clock.minutes().count()),
                  int(clock.seconds().count()));
    return text;
}

std::string credential_scope(const SigV4Scope& scope)
{
    return day_of(scope) + '/' + scope.region + '/' + scope.service + "/aws4_request";
}

std::string string_to_sign(const SigV4Scope& scope, std::string_view canonical)
{
    return std::string(algorithm) + '\n' + amz_date(scope.time) + '\n' + credential_scope(scope) + '\n' +
           sha256_hex(canonical);
}

Sha256 signing_key(const Secret& secret_key, const SigV4Scope& scope)
{
    const Secret first("AWS4" + secret_key.reveal());
    Sha256 key = hmac_sha256(first.reveal(), day_of(scope));
    key = hmac_sha256(text_of(key), scope.region);
    key = hmac_sha256(text_of(key), scope.service);
    return hmac_sha256(text_of(key), "aws4_request");
}

std::string signature(const Sha256& key, std::string_view string_to_sign)
{
    return hex(hmac_sha256(text_of(key), string_to_sign));
}

std::string authorization(const SigV4Request& request, const SigV4Scope& scope, std::string_view access_key,
                          const Sha256& key)
{
    return std::string(algorithm) + " Credential=" + std::string(access_key) + '/' + credential_scope(scope) +
           ", SignedHeaders=" + signed_header_names(request.headers) +
           ", Signature=" + signature(key, string_to_sign(scope, canonical_request(request)));
}

std::string presigned_query(SigV4Request request, const SigV4Scope& scope, std::string_view access_key,
                            std::chrono::seconds valid_for, const Sha256& key)
{
    request.query.emplace_back("X-Amz-Algorithm", algorithm);
    request.query.emplace_back("X-Amz-Credential", std::string(access_key) + '/' + credential_scope(scope));
    request.query.emplace_back("X-Amz-Date", amz_date(scope.time));
    request.query.emplace_back("X-Amz-Expires", std::to_string(valid_for.count()));
    request.query.emplace_back("X-Amz-SignedHeaders", signed_header_names(request.headers));
    return canonical_query(request.query) +
           "&X-Amz-Signature=" + signature(key, string_to_sign(scope, canonical_request(request)));
}

} // namespace vitrina
