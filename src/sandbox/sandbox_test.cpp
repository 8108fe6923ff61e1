#include "sandbox/sandbox.hpp"

#include "sandbox/certificate.hpp"
#include "sandbox/test_world.hpp"

#include <curl/curl.h>

#include <fstream>
#include <sstream>
#include <thread>

using namespace vitrina;
using namespace vitrina::sandbox;

namespace {

struct Fetched {
    CURLcode outcome = CURLE_OK;
    long status = 0;
    std::string body;
};

std::size_t append(char* bytes, std::size_t size, std::size_t count, void* body)
{
    static_cast<std::string*>(body)->append(bytes, size * count);
    return size * count;
}

// A client from outside, with the real host names, through TLS.
class Curl {
public:
    explicit Curl(const Sandbox& sandbox) : ca_file_(sandbox.ca_file())
    {
        std::istringstream hosts(sandbox.connect_to());
        for (std::string entry; std::getline(hosts, entry, ',');)
            connect_to_ = curl_slist_append(connect_to_, entry.c_str());
    }
    ~Curl() { curl_slist_free_all(connect_to_); }
    Curl(const Curl&) = delete;
    Curl& operator=(const Curl&) = delete;

    Fetched fetch(const std::string& url, const char* post = nullptr, const std::string& header = "Accept:") const
    {
        Fetched fetched;
        CURL* curl = curl_easy_init();
        curl_slist* headers = curl_slist_append(nullptr, header.c_str());
        curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
        curl_easy_setopt(curl, CURLOPT_CONNECT_TO, connect_to_);
        curl_easy_setopt(curl, CURLOPT_CAINFO, ca_file_.c_str());
        curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
        curl_easy_setopt(curl, CURLOPT_TIMEOUT, 30L);
        curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
        curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, append);
        curl_easy_setopt(curl, CURLOPT_WRITEDATA, &fetched.body);
        if (post)
            curl_easy_setopt(curl, CURLOPT_POSTFIELDS, post);
        fetched.outcome = curl_easy_perform(curl);
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &fetched.status);
        curl_slist_free_all(headers);
        curl_easy_cleanup(curl);
        return fetched;
    }

private:
    std::filesystem::path ca_file_;
    curl_slist* connect_to_ = nullptr;
};

SandboxOptions options_in(const std::filesystem::path& folder)
{
    SandboxOptions options;
    options.data = folder;
    options.listen = "127.0.0.1:0";
    options.page = "127.0.0.1:0";
    return options;
}

} // namespace

TEST_CASE("a running sandbox speaks TLS under the networks' names and shows its ledger on the page")
{
    const TemporaryFolder folder;
    Sandbox sandbox(options_in(folder.path));
    sandbox.start();
    const Curl curl(sandbox);
    const std::string page = "http://127.0.0.1:" + std::to_string(sandbox.page_port());

    const Fetched made =
        curl.fetch(page + "/accounts", R"({"network":"mastodon","name":"alice"})", "Content-Type: application/json");
    REQUIRE(made.status == 201);
    const auto account = boost::json::parse(made.body).as_object();
    CHECK(account.at("connect_to") == sandbox.connect_to().c_str());
    CHECK(account.at("sandbox") == true);
    const std::string bearer = "Authorization: Bearer " + std::string(account.at("access_token").as_string());
    const Fetched me = curl.fetch("https://mastodon.sandbox.test/api/v1/accounts/verify_credentials", nullptr, bearer);
    CHECK(me.outcome == CURLE_OK);
    CHECK(boost::json::parse(me.body).at("username") == "alice");

    CHECK(curl.fetch("https://www.googleapis.com/youtube/v3/videos?part=status&id=1").status == 401);
    CHECK(curl.fetch("https://www.googleapis.com/nothing/here").status == 404);
    CHECK(curl.fetch(page + "/").body.find("None yet") != std::string::npos);
    CHECK(curl.fetch(page + "/accounts", R"({"network":"nowhere"})").status == 400);
    CHECK(curl.fetch(page + "/clock", R"({"advance":-5})").status == 400);
    CHECK(curl.fetch(page + "/clock", R"({"advance":5})").status == 200);

    const Fetched scripted =
        curl.fetch(page + "/faults", R"({"network":"mastodon","match":"accounts.verify","fault":"drop_before"})");
    CHECK(scripted.status == 201);
    const Fetched dropped =
        curl.fetch("https://mastodon.sandbox.test/api/v1/accounts/verify_credentials", nullptr, bearer);
    CHECK(dropped.outcome != CURLE_OK);
    CHECK(dropped.status == 0);
    CHECK(curl.fetch("https://mastodon.sandbox.test/api/v1/accounts/verify_credentials", nullptr, bearer).status ==
          200);

    const auto log = boost::json::parse(curl.fetch(page + "/requests").body);
    CHECK(log.at("counts").at("mastodon accounts.verify") == 3);
    CHECK(boost::json::parse(curl.fetch(page + "/ledger").body).at("total") == 0);
    sandbox.stop();
}

TEST_CASE("certificates are made once, and anew when a host is missing")
{
    const TemporaryFolder folder;
    const auto text = [](const std::filesystem::path& file) {
        std::ifstream in(file);
        return std::string(std::istreambuf_iterator<char>(in), {});
    };
    const CertificateFiles files = make_certificates(folder.path, {"a.test", "127.0.0.1"});
    const std::string first = text(files.certificate);
    CHECK(first.find("BEGIN CERTIFICATE") != std::string::npos);
    make_certificates(folder.path, {"a.test"});
    CHECK(text(files.certificate) == first);
    make_certificates(folder.path, {"a.test", "b.test"});
    CHECK(text(files.certificate) != first);
    const auto permissions = std::filesystem::status(files.key).permissions();
    CHECK((permissions & std::filesystem::perms::group_read) == std::filesystem::perms::none);
}

TEST_CASE("a port that cannot be had is said so")
{
    const TemporaryFolder folder;
    SandboxOptions options = options_in(folder.path);
    options.listen = "127.0.0.1";
    CHECK_THROWS_AS(Sandbox{options}, std::invalid_argument);
}
