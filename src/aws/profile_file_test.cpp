#include "aws/profile_file.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>
#include <stdexcept>

using namespace vitrina;

namespace {

AwsProfiles credentials(std::string_view text)
{
    return parse_aws_profiles(text, AwsProfileFile::credentials);
}

AwsProfiles config(std::string_view text)
{
    return parse_aws_profiles(text, AwsProfileFile::config);
}

std::string refusal(std::string_view text)
{
    try {
        credentials(text);
    } catch (const std::invalid_argument& wrong) {
        return wrong.what();
    }
    return {};
}

const std::string word_letters = "abcdefghijklmnopqrstuvwxyz0123456789_-";
const std::string value_letters = "ABCxyz0189+/=#;[]\"";

rc::Gen<std::string> word()
{
    return rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::elementOf(word_letters)));
}

} // namespace

TEST_CASE("aws profiles: the credentials file and the config file name them differently")
{
    const auto keys = credentials("[default]\naws_access_key_id = A\naws_secret_access_key=b+/=\r\n\n# no\n; no\n"
                                  "[work]\nAWS_ACCESS_KEY_ID=W ; a comment\n");
    CHECK(keys.at("default").at("aws_access_key_id") == "A");
    CHECK(keys.at("default").at("aws_secret_access_key") == "b+/=");
    CHECK(keys.at("work").at("aws_access_key_id") == "W");

    const auto more =
        config("[default]\nregion = eu-west-1\n[profile work]\nregion=x\n[profile \"at home\"]\nregion=y\n"
               "[work]\nregion=not this\n[sso-session s]\nsso_region=z\n");
    CHECK(more.size() == 3);
    CHECK(more.at("work").at("region") == "x");
    CHECK(more.at("at home").at("region") == "y");
}

TEST_CASE("aws profiles: what stands indented below a name is passed over")
{
    const auto profiles = config("[default]\ns3 =\n  max_concurrent_requests = 20\n  junk\nregion = eu-west-1\n");
    CHECK(profiles.at("default").at("region") == "eu-west-1");
    CHECK_FALSE(profiles.at("default").contains("max_concurrent_requests"));
}

TEST_CASE("aws profiles: a line that could mean anything is refused by its number, and never repeated")
{
    for (const char* wrong :
         {"[a\nsecret=s3cr3t", "secret=s3cr3t", "[a]\ns3cr3t", "[a]\n=s3cr3t", "[a]\nx=1\n  s3cr3t",
          "[a]\nx=1\nX=s3cr3t", "[a]\n[b]\n[a]\n", "[]\nx=s3cr3t", "[a]]\n", "[a]\nx=s3\x01cr3t", "[a] s3cr3t\n"}) {
        CAPTURE(wrong);
        const std::string why = refusal(wrong);
        CHECK(why.starts_with("line "));
        CHECK(why.find("s3") == why.npos);
    }
    CHECK_FALSE(refusal(std::string((1u << 20) + 1, '\n')).empty());
}

TEST_CASE("aws profiles: what is written is read back")
{
    CHECK(rc::check("profiles", [] {
        // Small ones: maps of maps of texts grow with the third power.
        const auto profiles = *rc::gen::resize(
            10, rc::gen::container<std::map<std::string, std::map<std::string, std::string>>>(
                    word(), rc::gen::container<std::map<std::string, std::string>>(
                                word(), rc::gen::container<std::string>(rc::gen::elementOf(value_letters)))));
        std::string text;
        for (const auto& [name, values] : profiles) {
            text += "[" + name + "]\n# a comment\n";
            for (const auto& [field, value] : values)
                text += field + (value.size() % 2 ? "=" : " = ") + value + "\n";
        }
        const auto read = credentials(text);
        RC_ASSERT(read.size() == profiles.size());
        for (const auto& [name, values] : profiles)
            for (const auto& [field, value] : values) {
                // Behind a blank these two begin a comment.
                const bool comment = value.size() % 2 == 0 && (value.starts_with('#') || value.starts_with(';'));
                RC_ASSERT(read.at(name).at(field) == (comment ? "" : value));
            }
    }));
    CHECK(rc::check("anything", [](const std::string& text) {
        try {
            for (const auto& [name, profile] : credentials(text))
                RC_ASSERT(!name.empty());
        } catch (const std::invalid_argument&) { // the only way to refuse
        }
    }));
}
