#include "access/permission.hpp"

#include <array>
#include <utility>

namespace vitrina {

namespace {

constexpr std::array<std::pair<std::string_view, Permission>, 4> names{{
    {"read", Permission::read},
    {"write", Permission::write},
    {"publish", Permission::publish},
    {"admin", Permission::admin},
}};

} // namespace

Result<Permissions> Permissions::parse(std::string_view text)
{
    Permissions permissions;
    std::string_view rest = text;
    while (true) {
        const std::size_t comma = rest.find(',');
        const std::string_view word = rest.substr(0, comma);
        bool known = false;
        for (const auto& [name, permission] : names) {
            if (name == word) {
                permissions.bits_ |= std::uint8_t(permission);
                known = true;
            }
        }
        if (!known)
            return Fault{FaultKind::invalid, "VT-TOK-001", "\"" + std::string(word) + "\" is not a scope.",
                         "Scopes are read, write, publish and admin; several are joined by commas."};
        if (comma == std::string_view::npos)
            return permissions;
        rest.remove_prefix(comma + 1);
    }
}

std::string Permissions::text() const
{
    std::string text;
    for (const auto& [name, permission] : names) {
        if ((bits_ & std::uint8_t(permission)) == 0)
            continue;
        if (!text.empty())
            text += ',';
        text += name;
    }
    return text;
}

bool Permissions::allow(Permission permission) const
{
    const auto has = [this](Permission one) { return (bits_ & std::uint8_t(one)) != 0; };
    if (has(permission) || has(Permission::admin))
        return true;
    return permission == Permission::read && (has(Permission::write) || has(Permission::publish));
}

} // namespace vitrina
