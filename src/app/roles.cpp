#include "app/roles.hpp"

#include <algorithm>
#include <string>

namespace vitrina {

Result<Roles> Roles::parse(std::string_view text)
{
    Roles roles;
    for (std::size_t at = 0; at <= text.size();) {
        const std::size_t comma = std::min(text.find(',', at), text.size());
        std::string_view word = text.substr(at, comma - at);
        while (word.starts_with(' '))
            word.remove_prefix(1);
        while (word.ends_with(' '))
            word.remove_suffix(1);
        if (word == "video")
            roles.video = true;
        else if (word == "publish")
            roles.publish = true;
        else if (word == "work")
            roles.work = true;
        else
            return Fault{FaultKind::invalid, "VT-CFG-003",
                         "VITRINA_ROLES knows no role \"" + std::string(word) + "\"; the roles are video, publish and work.",
                         {}, {}, {}};
        at = comma + 1;
    }
    return roles;
}

} // namespace vitrina
