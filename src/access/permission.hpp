#pragma once
#include "core/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace vitrina {

// What a token lets its bearer do.
enum class Permission : std::uint8_t {
    read = 1,    // list and see
    write = 2,   // upload, edit, delete
    publish = 4, // make, cancel, retry publications
    admin = 8,   // accounts, tokens: and everything else
};

// A set of them. Writing and publishing include reading; admin includes all.
class Permissions {
public:
    Permissions() = default;
    Permissions(std::initializer_list<Permission> all)
    {
        for (const Permission permission : all)
            bits_ |= std::uint8_t(permission);
    }

    // "read,publish", as the command line and the database write it. At least one is needed.
    static Result<Permissions> parse(std::string_view text);
    std::string text() const;

    bool allow(Permission permission) const;
    bool operator==(const Permissions&) const = default;

private:
    std::uint8_t bits_ = 0;
};

} // namespace vitrina
