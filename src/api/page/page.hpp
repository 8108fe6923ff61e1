#pragma once
#include "access/access_rule.hpp"
#include "http/route.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace vitrina {

// The page at /, and the description of the API at /v1/openapi.yaml. Both are part of the program: no file is read.
class Page {
public:
    // `media_origin`: whence pictures and videos may also come, "https://cdn.example.org"; "" when from here only.
    explicit Page(AccessRule rule, std::string_view media_origin = "");

    std::vector<Route> page();        // GET /, which uploads and lists: where the videos are
    std::vector<Route> description(); // GET /v1/openapi.yaml

private:
    Task<Response> show(const Request& request);
    Task<Response> describe(const Request& request);

    std::string english_, spanish_; // all but the base URL filled in
    std::string csp_;
    SharedBody description_;
    std::string description_etag_;
};

enum class Language { english, spanish };
// ?lang= first, then Accept-Language by its weights, then English.
Language language_of(const Request& request);

struct Endpoint {
    std::string method, path, summary, resumen;
};
// Those of an OpenAPI description in the order they stand there. It reads our own file, in which a path is indented
// by two spaces, a method by four, and its summary and x-resumen by six; it is no YAML parser.
std::vector<Endpoint> endpoints_of(std::string_view openapi);

// "sha256-…" sources for the content of each element of that name ("script", "style").
std::string csp_hashes(std::string_view html, std::string_view element);

} // namespace vitrina
