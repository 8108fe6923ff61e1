#include "aws/secrets_manager.hpp"

#include "aws/fake_aws.hpp"
#include "unit/run.hpp"

#include <doctest/doctest.h>

using namespace vitrina;
using testing::FakeAws;
using State = FakeAws::State;

namespace {

class FromFake final : public AwsCredentialSource {
public:
    explicit FromFake(FakeAws& aws) : aws_(aws) {}
    Task<AwsCredentials> fetch() override
    {
        co_return aws_.with([](State& state) {
            return AwsCredentials{state.access_key, Secret(state.secret_key), Secret(state.token), {}};
        });
    }

private:
    FakeAws& aws_;
};

SecretsManagerOptions options_for(FakeAws& aws)
{
    SecretsManagerOptions options;
    options.region = "eu-west-1";
    options.endpoint = aws.url();
    options.credentials = std::make_shared<AwsCredentialProvider>(std::make_unique<FromFake>(aws));
    return options;
}

std::string read(SecretsManagerOptions options, const std::string& named)
{
    const AwsSecretName name = parse_aws_secret_name("DB_PASSWORD_SECRET", named);
    SecretsManager manager(std::move(options));
    return secret_value(run(manager.get(name)), name).reveal();
}

std::string refusal(SecretsManagerOptions options, const std::string& named, bool may_pass = false)
{
    try {
        read(std::move(options), named);
    } catch (const AwsRefused& refused) {
        CHECK_FALSE(may_pass);
        return refused.what();
    } catch (const Unavailable& error) {
        CHECK(may_pass);
        return error.what();
    }
    return {};
}

bool says(const std::string& text, std::string_view part)
{
    if (text.find(part) != text.npos)
        return true;
    MESSAGE(text);
    return false;
}

} // namespace

TEST_CASE("secrets manager: a secret's text, its password as RDS keeps it, or any member")
{
    FakeAws aws;
    aws.with([](State& state) {
        state.secrets["plain"] = "just a text";
        state.secrets["odd"] = R"({"key":"k","port":5432})";
        state.secrets["binary"] = "";
        state.secrets["arn:aws:secretsmanager:eu-west-1:1:secret:prod/db-a1b2c3"] = R"({"password":"by arn"})";
    });
    const SecretsManagerOptions options = options_for(aws);
    CHECK(read(options, "plain") == "just a text");
    CHECK(read(options, "prod/db") == "first");
    CHECK(read(options, "prod/db#username") == "app");
    CHECK(read(options, "odd#key") == "k");
    SecretsManagerOptions elsewhere = options;
    elsewhere.region = "us-east-1"; // an ARN says its own
    CHECK(read(elsewhere, "arn:aws:secretsmanager:eu-west-1:1:secret:prod/db-a1b2c3#password") == "by arn");
    CHECK(secret_user(Secret(R"({"username":"app"})")) == "app");
    CHECK(secret_user(Secret("app")).empty());

    CHECK(says(refusal(options, "odd"), "after a #"));
    CHECK(says(refusal(options, "odd#port"), "DB_PASSWORD_SECRET"));
    CHECK(says(refusal(options, "plain#password"), "leave the #"));
    CHECK(says(refusal(options, "binary"), "no text"));
    for (const char* wrong : {"", "#password", "prod/db#", "two words", "a\"b"}) {
        CAPTURE(wrong);
        CHECK(says(refusal(options, wrong), "DB_PASSWORD_SECRET must be"));
    }
}

TEST_CASE("secrets manager: every way to fail is one sentence that names what to change")
{
    FakeAws aws;
    const SecretsManagerOptions options = options_for(aws);
    CHECK(
        says(refusal(options, "prod/none"), "no secret prod/none in eu-west-1: see DB_PASSWORD_SECRET and AWS_REGION"));

    SecretsManagerOptions elsewhere = options;
    elsewhere.region = "us-east-1"; // the signature is for another region than the service's
    CHECK(says(refusal(elsewhere, "prod/db"), "AWS_REGION"));
    SecretsManagerOptions stranger = options;
    stranger.credentials = fixed_aws_credentials("STRANGER", Secret("s3cr3t"));
    const std::string text = refusal(stranger, "prod/db");
    CHECK(says(text, "UnrecognizedClientException"));
    CHECK(text.find("s3cr3t") == text.npos);
    SecretsManagerOptions forger = options;
    forger.credentials = fixed_aws_credentials("ASIAFAKE", Secret("s3cr3t"));
    aws.with([](State& state) { state.token = ""; });
    CHECK(says(refusal(forger, "prod/db"), "InvalidSignatureException"));

    const auto answer = [&](const char* type, bool may_pass = false) {
        aws.fail(may_pass ? 3 : 1, 400, std::string(R"({"__type":")") + type + R"("})");
        return refusal(options_for(aws), "prod/db", may_pass);
    };
    CHECK(says(answer("AccessDeniedException"), "secretsmanager:GetSecretValue"));
    CHECK(says(answer("DecryptionFailure"), "kms:Decrypt"));
    CHECK(says(answer("InvalidRequestException"), "deleted"));
    CHECK(says(answer("SomethingNew"), "SomethingNew"));
    CHECK(says(answer("ThrottlingException", true), "just now"));
    aws.fail(0, 0);
    aws.fail(1, 301, "<html>");
    CHECK(says(refusal(options_for(aws), "prod/db"), "AWS_ENDPOINT_URL_SECRETS_MANAGER"));
    aws.fail(3, 500);
    CHECK(says(refusal(options_for(aws), "prod/db", true), "500"));
    aws.fail(2, 500);
    CHECK(read(options_for(aws), "prod/db") == "first");
    aws.fail(1, 200, "[]");
    CHECK(says(refusal(options_for(aws), "prod/db", true), "no answer"));

    SecretsManagerOptions away = options_for(aws);
    away.endpoint = "http://127.0.0.1:1";
    CHECK(says(refusal(away, "prod/db", true), "AWS_ENDPOINT_URL_SECRETS_MANAGER"));
    away.endpoint = "https://x/y";
    CHECK(says(refusal(away, "prod/db"), "without a path"));
    away.endpoint = "";
    away.region = "eu-west-1.evil.example/";
    CHECK(says(refusal(away, "prod/db"), "AWS_REGION must be"));
}

TEST_CASE("secrets manager: credentials that were exchanged meanwhile are taken, and the newest secret is read")
{
    FakeAws aws;
    SecretsManager manager(options_for(aws));
    const AwsSecretName name = parse_aws_secret_name("DB_PASSWORD_SECRET", "prod/db");
    CHECK(secret_value(run(manager.get(name)), name).reveal() == "first");
    aws.with([](State& state) {
        state.access_key = "ASIANEW";
        state.token = "new-token";
        state.secrets["prod/db"] = R"({"username":"app","password":"second"})";
    });
    CHECK(secret_value(run(manager.get(name)), name).reveal() == "second");
}
