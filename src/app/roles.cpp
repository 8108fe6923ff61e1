#include "app/roles.hpp"

#include "core/comma_list.hpp"

#include <string>

namespace vitrina {

namespace {

Fault unknown_role(std::string_view word)
{
    return {FaultKind::invalid, "VT-CFG-003",
            "VITRINA_ROLES knows no role \"" + std::string(word) + "\"; the roles are video, publish and work."};
}

} // namespace

Result<Roles> Roles::parse(std::string_view text)
{
    Roles roles;
    for (const std::string_view word : comma_list(text)) {
        if (word == "video")
            roles.video = true;
        else if (word == "publish")
            roles.publish = true;
        else if (word == "work")
            roles.work = true;
        else
            return unknown_role(word);
    }
    if (!roles.video && !roles.publish && !roles.work)
        return unknown_role("");
    return roles;
}

} // namespace vitrina
