#include "sandbox/sandbox.hpp"

#include "core/digest.hpp"
#include "http/form.hpp"
#include "sandbox/certificate.hpp"
#include "sandbox/test_world.hpp"

#include <curl/curl.h>

#include <csignal>
#include <fstream>
#include <functional>
#include <sstream>
#include <sys/wait.h>
#include <unistd.h>

using namespace vitrina;
using namespace vitrina::sandbox;

namespace {

struct Fetched {
    CURLcode outcome = CURLE_OK;
    long status = 0;
    std::string body, headers;

    std::string header(const std::string& name) const
    {
        const auto begin = headers.find("\r\n" + name + ": ");
        if (begin == headers.npos)
            return "";
        const auto value = begin + name.size() + 4;
        return headers.substr(value, headers.find("\r\n", value) - value);
    }
};

// The body of a PUT, and who wants to know how much of it was taken.
struct Sending {
    std::string_view bytes;
    std::function<void(std::size_t)> taken = [](std::size_t) {};
    std::size_t at = 0;
};

std::size_t append(char* bytes, std::size_t size, std::size_t count, void* text)
{
    static_cast<std::string*>(text)->append(bytes, size * count);
    return size * count;
}

std::size_t give(char* out, std::size_t size, std::size_t count, void* held)
{
    auto& sending = *static_cast<Sending*>(held);
    const std::size_t copied = sending.bytes.copy(out, size * count, sending.at);
    sending.at += copied;
    sending.taken(sending.at);
    return copied;
}

// A client from outside, with the real host names, through TLS.
class Curl {
public:
    Curl(const std::string& connect_to, const std::filesystem::path& ca_file) : ca_file_(ca_file)
    {
        std::istringstream hosts(connect_to);
        for (std::string entry; std::getline(hosts, entry, ',');)
            connect_to_ = curl_slist_append(connect_to_, entry.c_str());
    }
    explicit Curl(const Sandbox& sandbox) : Curl(sandbox.connect_to(), sandbox.ca_file()) {}
    ~Curl() { curl_slist_free_all(connect_to_); }
    Curl(const Curl&) = delete;
    Curl& operator=(const Curl&) = delete;

    Fetched get(const std::string& url, std::vector<std::string> headers = {}) const
    {
        return perform(url, std::move(headers), [](CURL*) {});
    }
    Fetched post(const std::string& url, const std::string& body, std::vector<std::string> headers = {}) const
    {
        return perform(url, std::move(headers),
                       [&](CURL* curl) { curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.c_str()); });
    }
    Fetched put(const std::string& url, Sending sending, std::vector<std::string> headers) const
    {
        return perform(url, std::move(headers), [&](CURL* curl) {
            curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
            curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(sending.bytes.size()));
            curl_easy_setopt(curl, CURLOPT_READFUNCTION, give);
            curl_easy_setopt(curl, CURLOPT_READDATA, &sending);
        });
    }

private:
    template <class Prepare>
    Fetched perform(const std::string& url, std::vector<std::string> lines, Prepare prepare) const
    {
        Fetched fetched;
        CURL* curl = curl_easy_init();
        curl_slist* headers = curl_slist_append(nullptr, "Expect:");
        for (const std::string& line : lines)
            headers = curl_slist_append(headers, line.c_str());
        curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
        curl_easy_setopt(curl, CURLOPT_CONNECT_TO, connect_to_);
        curl_easy_setopt(curl, CURLOPT_CAINFO, ca_file_.c_str());
        curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
        curl_easy_setopt(curl, CURLOPT_TIMEOUT, 120L);
        curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
        curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
        curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, append);
        curl_easy_setopt(curl, CURLOPT_WRITEDATA, &fetched.body);
        curl_easy_setopt(curl, CURLOPT_HEADERDATA, &fetched.headers);
        prepare(curl);
        fetched.outcome = curl_easy_perform(curl);
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &fetched.status);
        curl_slist_free_all(headers);
        curl_easy_cleanup(curl);
        return fetched;
    }

    std::filesystem::path ca_file_;
    curl_slist* connect_to_ = nullptr;
};

// A YouTube upload through the outer door.
class Uploading {
public:
    Uploading(const Curl& curl, const std::string& page, std::size_t size) : curl_(&curl), size_(size)
    {
        const auto made =
            boost::json::parse(curl.post(page + "/accounts", R"({"network":"youtube","name":"alice"})").body)
                .as_object();
        const auto member = [&](const char* name) { return form_encode(std::string(made.at(name).as_string())); };
        const Fetched fresh =
            curl.post("https://oauth2.googleapis.com/token",
                      "grant_type=refresh_token&refresh_token=" + member("refresh_token") +
                          "&client_id=" + member("client_id") + "&client_secret=" + member("client_secret"));
        bearer_ = "Authorization: Bearer " + std::string(boost::json::parse(fresh.body).at("access_token").as_string());
        const Fetched opened =
            curl.post("https://www.googleapis.com/upload/youtube/v3/videos?uploadType=resumable&part=snippet",
                      R"({"snippet":{"title":"Cats"}})",
                      {bearer_, "Content-Type: application/json", "X-Upload-Content-Type: video/mp4",
                       "X-Upload-Content-Length: " + std::to_string(size)});
        REQUIRE(opened.status == 200);
        session_ = opened.header("Location");
    }

    // The same upload, to a sandbox at another address.
    Uploading through(const Curl& curl) const
    {
        Uploading moved = *this;
        moved.curl_ = &curl;
        return moved;
    }

    Fetched put(Sending sending, std::size_t first) const
    {
        const std::string range = std::to_string(first) + "-" + std::to_string(size_ - 1) + "/" + std::to_string(size_);
        return curl_->put(session_, std::move(sending),
                          {bearer_, "Content-Type: video/mp4", "Content-Range: bytes " + range});
    }
    // How many bytes the network has.
    std::size_t probe() const
    {
        const Fetched asked = curl_->put(session_, {""}, {bearer_, "Content-Range: bytes */" + std::to_string(size_)});
        REQUIRE(asked.status == 308);
        const std::string range = asked.header("Range");
        return range.empty() ? 0 : std::stoul(range.substr(std::string_view("bytes=0-").size())) + 1;
    }

private:
    const Curl* curl_;
    std::size_t size_;
    std::string bearer_, session_;
};

std::string page_of(const Sandbox& sandbox)
{
    return "http://127.0.0.1:" + std::to_string(sandbox.page_port());
}

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
    const std::string page = page_of(sandbox);

    const Fetched made = curl.post(page + "/accounts", R"({"network":"mastodon","name":"alice"})");
    REQUIRE(made.status == 201);
    const auto account = boost::json::parse(made.body).as_object();
    CHECK(account.at("connect_to") == sandbox.connect_to().c_str());
    CHECK(account.at("sandbox") == true);
    const std::string bearer = "Authorization: Bearer " + std::string(account.at("access_token").as_string());
    const auto verify = [&] {
        return curl.get("https://mastodon.sandbox.test/api/v1/accounts/verify_credentials", {bearer});
    };
    CHECK(boost::json::parse(verify().body).at("username") == "alice");

    CHECK(curl.get("https://www.googleapis.com/youtube/v3/videos?part=status&id=1").status == 401);
    CHECK(curl.get("https://www.googleapis.com/nothing/here").status == 404);
    CHECK(curl.get(page + "/").body.find("None yet") != std::string::npos);
    CHECK(curl.post(page + "/accounts", R"({"network":"nowhere"})").status == 400);
    CHECK(curl.post(page + "/clock", R"({"advance":-5})").status == 400);
    CHECK(curl.post(page + "/clock", R"({"advance":5})").status == 200);

    CHECK(curl.post(page + "/faults", R"({"network":"mastodon","match":"accounts.verify","fault":"drop_before"})")
              .status == 201);
    const Fetched dropped = verify();
    CHECK(dropped.outcome != CURLE_OK);
    CHECK(dropped.status == 0);
    CHECK(verify().status == 200);

    const auto log = boost::json::parse(curl.get(page + "/requests").body);
    CHECK(log.at("counts").at("mastodon accounts.verify") == 3);
    CHECK(boost::json::parse(curl.get(page + "/ledger").body).at("total") == 0);
    sandbox.stop();
}

TEST_CASE("a large upload is cut on the wire and goes on where the network says")
{
    const TemporaryFolder folder;
    Sandbox sandbox(options_in(folder.path));
    sandbox.start();
    const Curl curl(sandbox);
    const std::string page = page_of(sandbox);
    const std::string bytes(20'000'000, 'L');
    const Uploading upload(curl, page, bytes.size());
    CHECK(curl.post(page + "/faults", R"({"match":"videos.upload","fault":"cut_at:10000000"})").status == 201);
    CHECK(upload.put({bytes}, 0).outcome != CURLE_OK);
    const std::size_t kept = upload.probe();
    CHECK(kept == 10'000'000 / 262'144 * 262'144);
    CHECK(upload.put({std::string_view(bytes).substr(kept)}, kept).status == 201);
    const auto ledger = boost::json::parse(curl.get(page + "/ledger").body);
    CHECK(ledger.at("counts").at("youtube") == 1);
    CHECK(ledger.at("posts").at(0).at("sha256") == sha256_hex(bytes).c_str());
    CHECK(curl.get(page + "/").body.find("Cats") != std::string::npos);
    sandbox.stop();
}

TEST_CASE("an upload in flight survives a kill of the sandbox")
{
    const TemporaryFolder folder;
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        Sandbox sandbox(options_in(folder.path));
        sandbox.start();
        const std::string said = page_of(sandbox) + " " + sandbox.connect_to();
        if (::write(ends[1], said.data(), said.size()) < 0)
            ::_exit(1);
        for (;;)
            ::pause();
    }
    std::string said(4096, '\0');
    said.resize(static_cast<std::size_t>(::read(ends[0], said.data(), said.size())));
    ::close(ends[0]);
    ::close(ends[1]);
    const std::string page = said.substr(0, said.find(' '));
    const Curl before(said.substr(page.size() + 1), folder.path / "ca.pem");
    const std::string bytes(20 * 1024 * 1024, 'K');
    const Uploading upload(before, page, bytes.size());

    const auto received = [&] {
        return boost::json::parse(before.get(page + "/ledger").body)
            .at("uploads")
            .at(0)
            .at("received")
            .to_number<std::size_t>();
    };
    bool killed = false;
    const auto kill_half_way = [&](std::size_t sent) {
        if (killed || sent < 16 * 1024 * 1024)
            return;
        while (received() == 0) {}
        killed = ::kill(child, SIGKILL) == 0 && ::waitpid(child, nullptr, 0) == child;
    };
    CHECK(upload.put({bytes, kill_half_way}, 0).outcome != CURLE_OK);
    REQUIRE(killed);

    Sandbox sandbox(options_in(folder.path));
    sandbox.start();
    const Curl after(sandbox);
    const Uploading again = upload.through(after);
    const std::size_t kept = again.probe();
    CHECK(kept >= 8 * 1024 * 1024);
    CHECK(kept % (256 * 1024) == 0);
    CHECK(again.put({std::string_view(bytes).substr(kept)}, kept).status == 201);
    const auto ledger = boost::json::parse(after.get(page_of(sandbox) + "/ledger").body);
    CHECK(ledger.at("posts").at(0).at("sha256") == sha256_hex(bytes).c_str());
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
