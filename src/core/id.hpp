#pragma once
#include "core/clock.hpp"

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace vitrina {

// 16 bytes, printed as 8-4-4-4-12 lower-case hex.
struct Uuid {
    std::array<std::uint8_t, 16> bytes{};

    // Any version, either case; nothing else is accepted.
    static std::optional<Uuid> parse(std::string_view text);
    // Version 7: sorts by the time it was made, the rest from the kernel's random source.
    static Uuid make(Instant now);

    std::string text() const;
    auto operator<=>(const Uuid&) const = default;
};

// An id that cannot be mistaken for another kind's id.
template <class Tag>
struct Id {
    Uuid uuid;

    static std::optional<Id> parse(std::string_view text)
    {
        auto uuid = Uuid::parse(text);
        return uuid ? std::optional(Id{*uuid}) : std::nullopt;
    }
    static Id make(Instant now) { return {Uuid::make(now)}; }

    std::string text() const { return uuid.text(); }
    auto operator<=>(const Id&) const = default;
};

using VideoId = Id<struct VideoTag>;
using AccountId = Id<struct AccountTag>;
using PublicationId = Id<struct PublicationTag>;
using JobId = Id<struct JobTag>;
using TokenId = Id<struct TokenTag>;
using VisitId = Id<struct VisitTag>;

} // namespace vitrina
