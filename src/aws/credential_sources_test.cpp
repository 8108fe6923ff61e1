#include "aws/credential_chain.hpp"
#include "aws/fake_aws.hpp"
#include "unit/run.hpp"

#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>

using namespace vitrina;
using testing::FakeAws;
using State = FakeAws::State;

namespace {

class Folder {
public:
    Folder() { REQUIRE(::mkdtemp(path_)); }
    ~Folder() { std::filesystem::remove_all(path_); }
    std::string write(const std::string& name, const std::string& text) const
    {
        const std::filesystem::path file = std::filesystem::path(path_) / name;
        std::filesystem::create_directories(file.parent_path());
        std::ofstream(file) << text;
        return file.string();
    }
    std::string path() const { return path_; }

private:
    char path_[32] = "/tmp/vitrina-aws-XXXXXX";
};

// Nothing is set, and nobody asks the machine that runs the tests.
AwsCredentialOptions nothing_set()
{
    AwsCredentialOptions options;
    options.asks_instance = false;
    options.web_identity.sts_endpoint = "http://127.0.0.1:1";
    return options;
}

AwsCredentials fetched(AwsCredentialOptions options)
{
    const auto source = choose_aws_credentials(std::move(options));
    return run(source->fetch());
}

// The sentence; it must be one that asking again does not cure, unless it says so.
std::string refusal(AwsCredentialOptions options, bool may_pass = false)
{
    std::string text;
    try {
        fetched(std::move(options));
    } catch (const AwsRefused& refused) {
        CHECK_FALSE(may_pass);
        text = refused.what();
    } catch (const Unavailable& error) {
        CHECK(may_pass);
        text = error.what();
    }
    CAPTURE(text);
    CHECK(text.find("fake/secret") == text.npos);
    CHECK(text.find("fake+token") == text.npos);
    return text;
}

bool says(const std::string& text, std::string_view part)
{
    if (text.find(part) != text.npos)
        return true;
    MESSAGE(text);
    return false;
}

void check_are_the_fakes(const AwsCredentials& found)
{
    CHECK(found.access_key == "ASIAFAKE");
    CHECK(found.secret_key.reveal() == "fake/secret+key");
    CHECK(found.session_token.reveal() == "fake+token/==");
    CHECK(found.expires == parse_iso_time("2030-01-01T00:00:00Z"));
}

} // namespace

TEST_CASE("aws credentials: the first place that is set is the one that counts")
{
    FakeAws aws;
    const Folder home;
    home.write(".aws/credentials", "[default]\naws_access_key_id=FILE\naws_secret_access_key=s\naws_session_token=t\n");
    home.write(".aws/config",
               "[default]\nregion=x\n[profile empty]\nregion=x\n[profile other]\naws_access_key_id=OTHER\n"
               "aws_secret_access_key=o\n");
    AwsCredentialOptions options = nothing_set();
    options.instance.url = aws.url();
    options.asks_instance = true;
    check_are_the_fakes(fetched(options));
    options.container.full_uri = aws.url() + "/container/role";
    aws.with([](State& state) { state.access_key = "CONTAINER"; });
    CHECK(fetched(options).access_key == "CONTAINER");
    options.profile.home = home.path();
    CHECK(fetched(options).access_key == "FILE");
    CHECK(fetched(options).session_token.reveal() == "t");
    options.profile.profile = "other";
    CHECK(fetched(options).access_key == "OTHER");
    options.web_identity = {home.write("token", "eyJ.web.token\n"), "arn:aws:iam::1:role/video", "", aws.url()};
    aws.with([](State& state) { state.access_key = "IDENTITY"; });
    CHECK(fetched(options).access_key == "IDENTITY");
    options.keys = {"SET", Secret("s"), Secret("t"), {}};
    CHECK(fetched(options).access_key == "SET");
}

TEST_CASE("aws credentials: a profile without keys is no place, unless it was asked for")
{
    FakeAws aws;
    const Folder home;
    home.write(".aws/config", "[default]\nregion=x\n[profile sso]\nsso_session=s\n");
    AwsCredentialOptions options = nothing_set();
    options.profile.home = home.path();
    options.container.full_uri = aws.url() + "/container/role";
    check_are_the_fakes(fetched(options));
    options.profile.profile = "default";
    CHECK(says(refusal(options), "AWS_PROFILE"));
    options.profile.profile = "sso";
    CHECK(says(refusal(options), "sso_session"));
    options.profile.profile = "no-such";
    CHECK(says(refusal(options), "There is no profile no-such"));
    options.profile.profile = "";
    options.profile.credentials_file = home.path() + "/missing";
    CHECK(says(refusal(options), "AWS_SHARED_CREDENTIALS_FILE"));
    options.profile.credentials_file = home.write("broken", "[a]\nfake/secret+key\n");
    CHECK(says(refusal(options), "line 2"));
    options.profile.credentials_file = "";
    options.profile.config_file = home.path() + "/missing";
    CHECK(says(refusal(options), "AWS_CONFIG_FILE"));
}

TEST_CASE("aws credentials: a profile may name a web identity, and its keys are read anew each time")
{
    FakeAws aws;
    const Folder home;
    AwsCredentialOptions options = nothing_set();
    options.web_identity.sts_endpoint = aws.url();
    options.profile.config_file =
        home.write("config", "[default]\nrole_arn=arn:aws:iam::1:role/video\nweb_identity_token_file=" +
                                 home.write("token", "eyJ.web.token") + "\n");
    check_are_the_fakes(fetched(options));

    AwsCredentialOptions keys = nothing_set();
    keys.profile.credentials_file = home.write("c", "[default]\naws_access_key_id=A\naws_secret_access_key=s\n");
    const auto source = choose_aws_credentials(keys);
    CHECK(run(source->fetch()).access_key == "A");
    home.write("c", "[default]\naws_access_key_id=B\naws_secret_access_key=s\n");
    CHECK(run(source->fetch()).access_key == "B");
    home.write("c", "[other]\n");
    CHECK_THROWS_AS(run(source->fetch()), AwsRefused);
}

TEST_CASE("aws credentials: with nothing set, the sentence says where was looked and what to set")
{
    AwsCredentialOptions options = nothing_set();
    const std::string text = refusal(options);
    CHECK(says(text, "No AWS credentials were found"));
    CHECK(says(text, "AWS_EC2_METADATA_DISABLED"));
    options.asks_instance = true;
    options.instance.url = "http://127.0.0.1:1";
    CHECK(says(refusal(options), "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"));
    options.instance.url = "nowhere";
    CHECK(says(refusal(options), "AWS_EC2_METADATA_SERVICE_ENDPOINT"));
    options.keys.access_key = "A";
    CHECK(says(refusal(options), "AWS_SECRET_ACCESS_KEY is not"));
    options.keys = {"", Secret("s"), {}, {}};
    CHECK(says(refusal(options), "AWS_ACCESS_KEY_ID is not"));
    options.keys = {"A", Secret("fake/secret\n"), {}, {}};
    CHECK(says(refusal(options), "line break"));
}

TEST_CASE("aws credentials: a container's endpoint, its token, and how it fails")
{
    FakeAws aws;
    const Folder home;
    AwsCredentialOptions options = nothing_set();
    options.container.host = aws.url();
    options.container.relative_uri = "/container/role";
    options.container.full_uri = "https://not.asked.example";
    check_are_the_fakes(fetched(options));

    aws.with([](State& state) { state.container_token = "Bearer abc"; });
    CHECK(says(refusal(options), "InvalidToken"));
    options.container.token = Secret("Bearer abc");
    check_are_the_fakes(fetched(options));
    options.container.token = Secret("wrong");
    options.container.token_file = home.write("token", "Bearer abc\n");
    check_are_the_fakes(fetched(options));
    options.container.token_file = home.write("two-lines", "Bearer\nabc");
    CHECK(says(refusal(options), "line break"));
    options.container.token_file = home.path() + "/missing";
    CHECK(says(refusal(options), "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"));
    options.container.token_file = "";
    options.container.token = Secret("Bearer abc");

    aws.fail(2, 503);
    check_are_the_fakes(fetched(options)); // it tries again
    aws.fail(3, 500);
    CHECK(says(refusal(options, true), "500"));
    aws.fail(1, 404);
    CHECK(says(refusal(options), "404"));
    for (const char* rubbish :
         {"", "[]", "{}", "{\"AccessKeyId\":1}", "{\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"\"}",
          "{\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"b\",\"Expiration\":\"soon\"}",
          "{\"AccessKeyId\":\"A\\r\\nX: y\",\"SecretAccessKey\":\"b\"}"}) {
        CAPTURE(rubbish);
        aws.fail(1, 200, rubbish);
        CHECK(says(refusal(options, true), "no credentials"));
    }
    options.container.host = "http://127.0.0.1:1";
    CHECK(says(refusal(options, true), "cannot be reached"));
    options.container.relative_uri = "@evil.example/";
    CHECK(says(refusal(options), "slash"));
}

TEST_CASE("aws credentials: a container's endpoint is asked over https, or on this machine and at AWS's own addresses")
{
    for (const char* good : {"https://example.org/x", "http://127.0.0.1:51679/x", "http://127.9.9.9/",
                             "http://localhost/x", "http://[::1]:80/x", "http://169.254.170.2/x",
                             "http://169.254.170.23/v1/credentials", "http://[fd00:ec2::23]/v1/credentials"}) {
        CAPTURE(good);
        CHECK(is_container_uri_allowed(good));
    }
    for (const char* bad :
         {"http://example.org/x", "http://169.254.169.254/x", "http://169.254.170.3/", "http://10.0.0.1/",
          "http://[fd00:ec2::24]/", "http://127.0.0.1.example.org/", "http://localhost.example.org/",
          "http://user@127.0.0.1/", "ftp://127.0.0.1/", "file:///etc/passwd", "/x", ""}) {
        CAPTURE(bad);
        CHECK_FALSE(is_container_uri_allowed(bad));
    }
    AwsCredentialOptions options = nothing_set();
    options.container.full_uri = "http://example.org/keys";
    CHECK(says(refusal(options), "AWS_CONTAINER_CREDENTIALS_FULL_URI"));
}

TEST_CASE("aws credentials: an instance's role, by version 2 of its metadata service only")
{
    FakeAws aws;
    AwsCredentialOptions options = nothing_set();
    options.asks_instance = true;
    options.instance.url = aws.url();
    check_are_the_fakes(fetched(options));
    CHECK(aws.requests() == 3);

    // Without a session it says nothing.
    const auto server = std::stoi(aws.url().substr(aws.url().rfind(':') + 1));
    testing::RawClient client{std::uint16_t(server)};
    client.send("GET /latest/meta-data/iam/security-credentials/ HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK(client.answer().starts_with("HTTP/1.1 401"));

    aws.with([](State& state) { state.version_1_only = true; });
    CHECK(says(refusal(options), "version 2"));
    aws.with([](State& state) {
        state.version_1_only = false;
        state.has_role = false;
    });
    CHECK(says(refusal(options), "has no role"));
    aws.with([](State& state) {
        state.has_role = true;
        state.role_code = "AssumeRoleUnauthorizedAccess";
    });
    CHECK(says(refusal(options, true), "AssumeRoleUnauthorizedAccess"));
    aws.fail(1, 500);
    CHECK(says(refusal(options, true), "500"));
}

TEST_CASE("aws credentials: a metadata service that says nothing does not hold up the start")
{
    // Listens, and nobody accepts: what a container behind a hop limit of 1 sees.
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(::bind(listener, reinterpret_cast<const sockaddr*>(&address), size) == 0);
    REQUIRE(::listen(listener, 1) == 0);
    REQUIRE(::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    AwsCredentialOptions options = nothing_set();
    options.asks_instance = true;
    options.instance.url = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
    const auto began = std::chrono::steady_clock::now();
    CHECK(says(refusal(options), "hop limit"));
    CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds(8));
    ::close(listener);
}

TEST_CASE("aws credentials: a role assumed with a web identity, and how it fails")
{
    FakeAws aws;
    const Folder home;
    AwsCredentialOptions options = nothing_set();
    AwsWebIdentity& identity = options.web_identity;
    identity = {home.write("token", "eyJ.web.token\n"), "arn:aws:iam::1:role/video", "", aws.url()};
    check_are_the_fakes(fetched(options));

    identity.role_arn = "arn:aws:iam::1:role/other";
    CHECK(says(refusal(options), "AccessDenied"));
    identity.role_arn = "";
    CHECK(says(refusal(options), "AWS_ROLE_ARN"));
    identity.role_arn = "arn:aws:iam::1:role/video";
    home.write("token", "old");
    CHECK(says(refusal(options), "InvalidIdentityToken"));
    home.write("token", "");
    CHECK(says(refusal(options), "AWS_WEB_IDENTITY_TOKEN_FILE"));
    home.write("token", "eyJ.web.token");
    aws.fail(2, 503);
    check_are_the_fakes(fetched(options));
    aws.fail(1, 400, "<ErrorResponse><Error><Code>IDPCommunicationError</Code></Error></ErrorResponse>");
    CHECK(says(refusal(options, true), "IDPCommunicationError"));
    aws.fail(1, 200, "<html>");
    CHECK(says(refusal(options, true), "no credentials"));
    identity.sts_endpoint = "http://127.0.0.1:1";
    CHECK(says(refusal(options, true), "AWS_ENDPOINT_URL_STS"));
    identity.sts_endpoint = "sts";
    CHECK(says(refusal(options), "AWS_ENDPOINT_URL_STS"));
}
