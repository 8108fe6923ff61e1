#include "aws/profile_credentials.hpp"

#include "aws/small_file.hpp"

#include <array>
#include <stdexcept>
#include <utility>

namespace vitrina {
namespace {

std::string name_of(const AwsProfileChoice& choice)
{
    return choice.profile.empty() ? "default" : choice.profile;
}

// What one of the two files says of the profile. The setting is the one that moves the file.
std::optional<AwsProfile> profile_in(const AwsProfileChoice& choice, const std::string& given, const std::string& usual,
                                     AwsProfileFile kind, const std::string& setting)
{
    if (given.empty() && choice.home.empty())
        return std::nullopt;
    const std::string path = given.empty() ? choice.home + usual : given;
    const auto text = read_small_file(path);
    if (!text) {
        if (given.empty())
            return std::nullopt;
        throw AwsRefused("The file " + path + " cannot be read: see " + setting + ".");
    }
    try {
        AwsProfiles profiles = parse_aws_profiles(*text, kind);
        const auto found = profiles.find(name_of(choice));
        return found == profiles.end() ? std::nullopt : std::optional(std::move(found->second));
    } catch (const std::invalid_argument& wrong) {
        throw AwsRefused("The file " + path + " cannot be understood: " + wrong.what() +
                         ". Mend it, or name another with " + setting + ".");
    }
}

std::string text_of(const AwsProfile& profile, std::string_view name)
{
    const auto found = profile.find(name);
    return found == profile.end() ? std::string() : found->second;
}

} // namespace

std::optional<AwsProfile> find_aws_profile(const AwsProfileChoice& choice)
{
    auto profile = profile_in(choice, choice.credentials_file, "/.aws/credentials", AwsProfileFile::credentials,
                              "AWS_SHARED_CREDENTIALS_FILE");
    auto more = profile_in(choice, choice.config_file, "/.aws/config", AwsProfileFile::config, "AWS_CONFIG_FILE");
    if (!profile && !more && !choice.profile.empty())
        throw AwsRefused("There is no profile " + choice.profile +
                         " in the AWS credentials file: see AWS_PROFILE and AWS_SHARED_CREDENTIALS_FILE.");
    if (!profile)
        return more;
    if (more)
        profile->merge(*more); // what both say holds as the credentials file says it
    return profile;
}

Task<AwsCredentials> ProfileCredentials::fetch()
{
    const auto profile = find_aws_profile(choice_);
    const std::string whose = "The profile " + name_of(choice_) + " of the AWS credentials file";
    if (!profile)
        throw AwsRefused(whose + " is gone: see AWS_PROFILE and AWS_SHARED_CREDENTIALS_FILE.");
    AwsCredentials found{text_of(*profile, "aws_access_key_id"),
                         Secret(text_of(*profile, "aws_secret_access_key")),
                         Secret(text_of(*profile, "aws_session_token")),
                         {}};
    if (!found.access_key.empty() && !found.secret_key.empty())
        co_return found;
    static constexpr std::array<std::string_view, 4> other_ways{"credential_process", "sso_session", "sso_start_url",
                                                                "source_profile"};
    for (const std::string_view way : other_ways)
        if (profile->contains(way))
            throw AwsRefused(whose + " gets its keys by " + std::string(way) +
                             ", which Vitrina does not do: name a profile with keys with AWS_PROFILE, or set "
                             "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.");
    throw AwsRefused(whose + " lacks aws_access_key_id or aws_secret_access_key: complete it, or name another with "
                             "AWS_PROFILE.");
}

} // namespace vitrina
