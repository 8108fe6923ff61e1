#pragma once
#include "sandbox/network.hpp"

namespace vitrina::sandbox {

// LinkedIn, by its versioned API: an upload in parts whose ranges it names itself, and a post; for a person and for the
// organisation of theirs. With its consent page.
std::unique_ptr<Network> make_linkedin(World& world);

namespace linkedin_scopes {
inline constexpr auto profile = {std::string_view("profile")};
inline constexpr auto posting = {std::string_view("w_member_social"), std::string_view("w_organization_social")};
inline constexpr auto organisation = {std::string_view("r_organization_social")};
inline constexpr std::string_view everything = "openid profile w_member_social";
inline constexpr std::string_view with_organisation =
    "openid profile w_member_social w_organization_social r_organization_social rw_organization_admin";
} // namespace linkedin_scopes

// Every call of the versioned API says which version it means: 426 for one that has ended.
void require_linkedin_version(const Call& call);

// "urn:li:person:…", and the organisation of the same account.
std::string linkedin_person(const Account& account);
std::string linkedin_organisation(const Account& account);

} // namespace vitrina::sandbox
