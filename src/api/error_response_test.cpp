#include "api/error_response.hpp"

#include "core/errors.hpp"
#include "db/database.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

using namespace vitrina;
namespace json = boost::json;

namespace {

Request at(std::string path)
{
    Request request;
    request.path = std::move(path);
    request.id = "r-1";
    return request;
}

json::value body(const Response& response)
{
    return json::parse(std::get<std::string>(response.body));
}

Response thrown(const Request& request, const auto& error)
{
    return exception_response(request, std::make_exception_ptr(error));
}

std::string content_of(const std::filesystem::path& file)
{
    std::ostringstream text;
    text << std::ifstream(file).rdbuf();
    return text.str();
}

} // namespace

TEST_CASE("on /api an error is one sentence, elsewhere a problem document")
{
    const Fault fault{
        FaultKind::missing, "VT-VID-001", "Video not found", "Look in the list.", {{"/id", "is unknown"}}};
    const Response contract = error_response(at("/api/videos/1"), fault);
    CHECK(contract.status == 404);
    CHECK(contract.headers.get("Content-Type") == "application/json");
    CHECK(std::get<std::string>(contract.body) == R"({"error":"Video not found"})");

    const Response ours = error_response(at("/v1/videos/1"), fault);
    CHECK(ours.headers.get("Content-Type") == "application/problem+json");
    CHECK(body(ours) == json::parse(R"({"type":"urn:vitrina:error:VT-VID-001","title":"Not Found","status":404,
        "detail":"Video not found","code":"VT-VID-001","hint":"Look in the list.","instance":"/v1/videos/1",
        "request_id":"r-1","errors":[{"pointer":"/id","detail":"is unknown"}]})"));
    for (const char* path : {"/health", "/api", "/api/x"})
        CHECK(body(error_response(at(path), fault)).as_object().size() == 1);
    for (const char* path : {"/apix", "/files/a/b", "/", "/metrics"})
        CHECK(body(error_response(at(path), fault)).as_object().contains("code"));
}

TEST_CASE("the server's own refusals have words and a code as well")
{
    for (const int status : {400, 404, 405, 408, 413, 414, 416, 431, 500, 501, 503, 599, 418}) {
        CAPTURE(status);
        const Response response = error_response(at("/v1/x"), status, {});
        CHECK(response.status == status);
        CHECK(body(response).at("code").as_string() == "VT-HTTP-" + std::to_string(status));
        CHECK(body(response).at("detail").as_string().size() > 10);
    }
}

TEST_CASE("what is thrown becomes a status, and says nothing of the inside")
{
    const Request request = at("/v1/videos");
    CHECK(thrown(request, StorageFull("/var/lib/vitrina: ENOSPC")).status == 507);
    const Response away = thrown(request, Unavailable("SQLITE_BUSY"));
    CHECK(away.status == 503);
    CHECK(away.headers.get("Retry-After") == "2");
    CHECK(thrown(request, ScanTimeout("SELECT")).status == 503);
    CHECK(thrown(request, RequestTooLarge("x")).status == 413);
    CHECK(thrown(request, MalformedBody("x")).status == 400);
    CHECK(thrown(request, 7).status == 500);
    const Response bug = thrown(request, std::runtime_error("SELECT secret FROM tokens at /home/x.cpp:7"));
    CHECK(bug.status == 500);
    const Response full = thrown(request, StorageFull("/var/lib"));
    for (const Response* response : {&full, &away, &bug}) {
        const std::string& text = std::get<std::string>(response->body);
        for (const char* inside : {"SELECT", "SQLITE", "/var", ".cpp", "secret"})
            CHECK(text.find(inside) == std::string::npos);
    }
}

TEST_CASE("every kind of fault has a status of its own")
{
    std::set<int> statuses;
    for (int kind = 0; kind <= int(FaultKind::storage_full); ++kind)
        statuses.insert(status_of(FaultKind(kind)));
    CHECK(statuses.size() == std::size_t(FaultKind::storage_full) + 1);
    CHECK_FALSE(statuses.contains(500));
}

TEST_CASE("every code in the program is in docs/errors.md, once")
{
    namespace fs = std::filesystem;
    const fs::path root = VITRINA_SOURCE_DIR;
    std::multiset<std::string> catalogued;
    const std::string catalogue = content_of(root / "docs" / "errors.md");
    const std::regex row(R"(\n\| (VT-[A-Z]+-\d+))");
    for (std::sregex_iterator it(catalogue.begin(), catalogue.end(), row), end; it != end; ++it)
        catalogued.insert((*it)[1]);
    CHECK(catalogued.size() > 40);
    for (const std::string& code : catalogued)
        CHECK_MESSAGE(catalogued.count(code) == 1, code);

    const std::regex quoted(R"re("(VT-[A-Z]+-\d+)")re");
    for (const auto& entry : fs::recursive_directory_iterator(root / "src")) {
        const std::string name = entry.path().filename();
        const bool is_source = name.ends_with(".cpp") || name.ends_with(".hpp");
        if (!is_source || name.ends_with("_test.cpp") || name.ends_with("_fixture.hpp"))
            continue;
        static const std::regex comment("//[^\n]*"); // may name a code as an example
        const std::string text = std::regex_replace(content_of(entry.path()), comment, "");
        for (std::sregex_iterator it(text.begin(), text.end(), quoted), end; it != end; ++it) {
            const std::string code = (*it)[1];
            const bool is_a_setting = code.starts_with("VT-CFG-"); // a family: its sentences say it all
            CHECK_MESSAGE((is_a_setting || catalogued.contains(code)), name << " uses " << code);
        }
    }
}
